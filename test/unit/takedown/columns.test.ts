import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readList, type TakedownList } from '../../../server/takedown/columns.ts';
import { readRows } from '../../../server/takedown/csv.ts';

const read = (text: string): TakedownList => readList(readRows(text));

function refuses(text: string, pattern: RegExp): void {
  assert.throws(() => read(text), { code: 'input.invalid', detail: pattern });
}

describe('the columns of a takedown list', () => {
  test('headers are found whatever their case, blanks and underscores', () => {
    for (const head of [
      'Tactic ,TECHNIQUE, procedure,Indicator',
      '\ufefftactics,Technique,Procedure , indicators',
    ]) {
      const [entry] = read(`${head}\n1,2,3,4`).entries;
      assert.equal(entry?.tactic, '1');
      assert.equal(entry.technique, '2');
      assert.equal(entry.procedure, '3');
      assert.equal(entry.indicator, '4');
    }
    const [typed] = read('Indicator Type,indicator_value,Comment,DS\nurl,v,c,2022-09-27').entries;
    assert.equal(typed?.type, 'url');
    assert.equal(typed.indicator, 'v');
    assert.equal(typed.comment, 'c');
    assert.equal(typed.date, '2022-09-27');
  });

  test('blank lines before the headers do not count, and rows keep their lines', () => {
    const list = read('\n,,\nIndicator\na\n\nb');
    assert.equal(list.line, 3);
    assert.deepEqual(
      list.entries.map(({ line, indicator }) => [line, indicator]),
      [
        [4, 'a'],
        [5, ''],
        [6, 'b'],
      ],
    );
  });

  test('what stands in a column without a known name is a comment', () => {
    const [entry] = read('Indicator,Notes,Language\na,first,Welsh').entries;
    assert.equal(entry?.comment, 'first\nLanguage: Welsh');
  });

  test('a row with text outside of all columns says so, one with empty cells more does not', () => {
    const [more, none] = read('Indicator\na,b\nc,,').entries;
    assert.equal(more?.overflows, true);
    assert.equal(none?.overflows, false);
  });

  test('refuses the kill-chain table by name', () => {
    refuses('Tactic,Technique,Procedure\n0. A,0.1 B,0.1.1 C', /the kill-chain table itself/);
  });

  test('refuses a table without indicators, with the columns that it has and those that are wanted', () => {
    refuses('Name,Colour\na,b', /^Line 1: .*"Indicator" among: Name, Colour\. .*indicator_value/);
    refuses('', /holds no rows/);
    refuses('\n,\n', /holds no rows/);
  });

  test('refuses headers with nothing below them', () => {
    for (const rows of ['', '\n', '\n,\n\n'])
      refuses(`Indicator,Notes${rows}`, /^Line 1: The list has headers, and no rows/);
  });

  test('a row is known by its indicator, else by its cells', () => {
    const [named, unnamed] = read('Tactic,Indicator,Notes\n0. A, a.example ,b\n0. A,, b').entries;
    assert.equal(named?.text, 'a.example');
    assert.equal(unnamed?.text, '0. A,,b');
  });

  test('refuses two columns for one thing', () => {
    refuses('Indicator,Value\na,b', /"Indicator" and "Value" hold the same/);
  });
});
