import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createPositionFinder, type Position } from '../../../server/stix/json-position.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import {
  anyWritten,
  blanks,
  createChoice,
  write,
  writeString,
  type Choose,
  type Written,
} from './written-json.ts';

/** A text with the index of everything that a pointer can lead to. */
interface Mapped {
  readonly text: string;
  readonly start: number;
  readonly places: ReadonlyMap<string, number>;
}

const NOWHERE = 'nowhere';

/** Writes a value and notes where each thing begins: the second opinion. */
function writeMapped(value: Written, before: string, choose: Choose): Mapped {
  let text = before;
  const places = new Map<string, number>();
  const writeItems = (open: string, close: string, items: readonly (() => void)[]): void => {
    text += open + blanks(choose);
    items.forEach((item, index) => {
      text += (index > 0 ? ',' : '') + blanks(choose);
      item();
      text += blanks(choose);
    });
    text += close;
  };
  const writeMember = (pointer: string, name: string, member: Written): void => {
    const inner = `${pointer}/${name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')}`;
    // Of a name that stands twice the last counts, with what is in it.
    for (const known of places.keys()) if (known.startsWith(`${inner}/`)) places.delete(known);
    places.set(inner, text.length);
    text += writeString(name, choose) + blanks(choose) + ':' + blanks(choose);
    writeValue(member, inner);
  };
  const writeValue = (each: Written, pointer: string): void => {
    if (each.kind === 'list') {
      const items = each.items.map((item, index) => () => {
        places.set(`${pointer}/${index}`, text.length);
        writeValue(item, `${pointer}/${index}`);
      });
      writeItems('[', ']', items);
    } else if (each.kind === 'object') {
      const members = each.members.map(([name, member]) => () => {
        writeMember(pointer, name, member);
      });
      writeItems('{', '}', members);
    } else text += write(each, choose);
  };
  const start = text.length;
  places.set('', start);
  writeValue(value, '');
  return { text: text + blanks(choose), start, places };
}

/** Counts lines and columns the slow way. */
function toPosition(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

function find(text: string, pointer: string, start = 0): string {
  const [position] = createPositionFinder(text).findAll(start, [pointer]);
  assert.ok(position);
  return `${position.line}:${position.column}`;
}

describe('finding places in JSON', () => {
  test('finds the place of every pointer in random JSON, all at once and each by itself', (t) => {
    fc.assert(
      fc.property(anyWritten, fc.nat(), (value, seed) => {
        const choose = createChoice(seed);
        const { text, start, places } = writeMapped(value, blanks(choose) + '["\\"",\r\n', choose);
        const finder = createPositionFinder(text);
        const pointers = [...places.keys()];
        const wanted = [...places.values()].map((offset) => toPosition(text, offset));
        assert.deepEqual(finder.findAll(start, pointers), wanted);
        pointers.forEach((pointer, index) => {
          assert.deepEqual(finder.findAll(start, [pointer]), [wanted[index]], pointer);
        });
      }),
      readRandomRuns(t, 20),
    );
  });

  test('finds of a pointer that leads nowhere the last thing on its way, in random JSON', (t) => {
    fc.assert(
      fc.property(anyWritten, fc.nat(), (value, seed) => {
        const { text, start, places } = writeMapped(value, '', createChoice(seed));
        const pointers = [...places.keys()].map((pointer) => `${pointer}/${NOWHERE}/0`);
        const wanted = [...places.values()].map((offset) => toPosition(text, offset));
        assert.deepEqual(createPositionFinder(text).findAll(start, pointers), wanted);
      }),
      readRandomRuns(t, 10),
    );
  });

  test('counts lines at line feeds, and columns in UTF-16 units with a tab and a carriage return as one each', () => {
    const text = '{\r\n\t"a": 1,\r\n"😀": 2, "b": 3\r\n}';
    assert.equal(find(text, '/a'), '2:2');
    assert.equal(find(text, '/😀'), '3:1');
    assert.equal(find(text, '/b'), '3:10');
    assert.deepEqual(createPositionFinder(text).toPosition(text.length), { line: 4, column: 2 });
  });

  test('leads to a name however it is escaped in the text and in the pointer', () => {
    const text = String.raw`{"a\/b~c": {"\u0061\"": 1}}`;
    assert.equal(find(text, '/a~1b~0c'), '1:2');
    assert.equal(find(text, '/a~1b~0c/a"'), '1:13');
  });

  test('leads to the last of two members with the same name, which counts', () => {
    const text = '{"a": {"b": 1},\n"a": {"c": 1}}';
    assert.equal(find(text, '/a'), '2:1');
    assert.equal(find(text, '/a/c'), '2:7');
    assert.equal(find(text, '/a/b'), '2:1');
  });

  test('leads to the object that lacks a member, and into no text, number or list that has no such item', () => {
    const text = '{"a": [\n{"b": "x"},\n12]}';
    assert.equal(find(text, '/name'), '1:1');
    assert.equal(find(text, '/a/0/name'), '2:1');
    assert.equal(find(text, '/a/0/b/0'), '2:2');
    assert.equal(find(text, '/a/1/0'), '3:1');
    for (const step of ['2', '-', '01', '1e0', 'length']) assert.equal(find(text, `/a/${step}`), '1:2');
  });

  test('starts where the value begins, also after blanks', () => {
    const text = '[ {"a": 1},\n {"a": 2}]';
    assert.equal(find(text, '/a', 2), '1:4');
    assert.equal(find(text, '/a', 11), '2:3');
    assert.equal(find(text, '', 11), '2:2');
  });
});
