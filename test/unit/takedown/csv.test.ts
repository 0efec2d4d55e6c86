import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readRows, ROW_LIMITS } from '../../../server/takedown/csv.ts';
import { readRandomRuns } from '../../support/random-runs.ts';

const cellsOf = (text: string): readonly (readonly string[])[] => readRows(text).map(({ cells }) => cells);

function refuses(text: string, pattern: RegExp, limits = ROW_LIMITS): void {
  assert.throws(() => readRows(text, limits), { code: 'input.invalid', detail: pattern });
}

describe('tables of text (RFC 4180)', () => {
  test('quotes hold delimiters, line breaks and doubled quotes', () => {
    assert.deepEqual(cellsOf('a,"b,c","d""e"\r\n"f\r\ng",h,\r\n'), [
      ['a', 'b,c', 'd"e'],
      ['f\r\ng', 'h', ''],
    ]);
    assert.deepEqual(cellsOf('"",""""'), [['', '"']]);
  });

  test('lines end in LF, CRLF or CR, and the last one need not', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      assert.deepEqual(cellsOf(`a,b${end}c,d`), [
        ['a', 'b'],
        ['c', 'd'],
      ]);
      assert.deepEqual(cellsOf(`a,b${end}`), [['a', 'b']]);
    }
  });

  test('a row says on which line it begins, also after cells over several lines', () => {
    const rows = readRows('head\r\n"one\r\ntwo\nthree"\r\n\r\nlast\r\n');
    assert.deepEqual(
      rows.map(({ line }) => line),
      [1, 2, 5, 6],
    );
    assert.deepEqual(rows[2]?.cells, ['']);
  });

  test('a byte order mark is no part of the first cell', () => {
    assert.deepEqual(cellsOf('\ufeff"a",b'), [['a', 'b']]);
  });

  test('the first row tells the delimiter, outside of its quotes', () => {
    assert.deepEqual(cellsOf('a;"b,c,d,e"\n1,5;2'), [
      ['a', 'b,c,d,e'],
      ['1,5', '2'],
    ]);
    assert.deepEqual(cellsOf('a\tb,c\td\n1\t2\t3'), [
      ['a', 'b,c', 'd'],
      ['1', '2', '3'],
    ]);
    assert.deepEqual(cellsOf('alone'), [['alone']]);
  });

  test('a quote inside a cell without quotes is text', () => {
    assert.deepEqual(cellsOf('a 5" screen,b'), [['a 5" screen', 'b']]);
  });

  test('refuses a quote that never ends, and text after one that did, with the line', () => {
    refuses('a\nb,"c\n\n', /^Line 2: A quote is opened here and never closed\.$/);
    refuses('a\n"b\nc" d,e', /^Line 3: After a closing quote/);
  });

  test('takes as many rows, cells and characters as the limits say, and one more of each is refused', () => {
    const limits = { maxRows: 2, maxCells: 3, maxRowLength: 5 };
    assert.equal(readRows('a,b,c\n12,3,45\n', limits).length, 2);
    refuses('a\nb\nc\n', /^Line 3: A list has at most 2 rows/, limits);
    refuses('a\nb,c,d,e\n', /^Line 2: A row has at most 3 cells/, limits);
    refuses('a\n123456\n', /^Line 2: A row has at most 5 characters/, limits);
  });

  test('what was written as RFC 4180 says is read as it was', (t) => {
    const cell = fc.string({
      unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', ';', '\t', 'é'),
      maxLength: 8,
    });
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const property = fc.property(table, (rows) => {
      // A head of commas alone, so that the delimiter is not in question.
      const text = ['h,h,h,h', ...rows.map((cells) => cells.map(quote).join(','))].join('\r\n');
      assert.deepEqual(cellsOf(text).slice(1), rows);
    });
    fc.assert(property, readRandomRuns(t, 10));
  });

  test('reads a table of 8 MB, and of quotes alone, in time that grows with its length', () => {
    const started = performance.now();
    readRows('a,b\n'.repeat(99_000));
    refuses(`"${'""'.repeat(2_000_000)}`, /never closed/);
    refuses('"a"\n'.repeat(2_000_000), /at most 100000 rows/);
    assert.ok(performance.now() - started < 3000);
  });
});
