import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../../server/domain/errors.ts';
import { readFile } from '../../../server/stix/document.ts';
import { readEnvelope, type RawObject } from '../../../server/stix/read-objects.ts';
import { parseJsonText } from '../../../server/stix/json-parse.ts';
import { scanMembers } from '../../../server/stix/json-scan.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import {
  anyWritten,
  blanks,
  createChoice,
  slowFaultsOf,
  valueOf,
  write,
  writeString,
  type Written,
} from './written-json.ts';

const LIMITS = { maxDepth: 100 };
const MAX_FAULTS = 20;
const NOTHING: Written = { kind: 'word', text: 'null' };

/** Members around "objects", none of which has this name. */
const others = fc.array(
  fc.tuple(fc.constantFrom('more', 'id', '__proto__', 'object', 'Objects'), anyWritten),
  {
    maxLength: 3,
  },
);

/** An envelope as text, with the texts of its objects. */
interface Envelope {
  readonly text: string;
  readonly objects: readonly string[];
  readonly written: readonly Written[];
}

const anyEnvelope: fc.Arbitrary<Envelope> = fc
  .tuple(fc.array(anyWritten, { minLength: 1, maxLength: 4 }), others, others, fc.nat())
  .map(([written, before, after, seed]) => {
    const choose = createChoice(seed);
    const objects = written.map((value) => write(value, choose));
    const items = objects.map((object) => blanks(choose) + object + blanks(choose)).join(',');
    const toMember = ([name, value]: readonly [string, Written]): string =>
      `${blanks(choose)}${writeString(name, choose)}${blanks(choose)}:${blanks(choose)}${write(value, choose)}${blanks(choose)}`;
    const members = [
      ...before.map(toMember),
      `${blanks(choose)}${writeString('objects', choose)}${blanks(choose)}:${blanks(choose)}[${items}]${blanks(choose)}`,
      ...after.map(toMember),
    ];
    return { text: `${blanks(choose)}{${members.join(',')}}${blanks(choose)}`, objects, written };
  });

/** Compares with the second opinion. A value that a duplicate hides is read by nobody, so that its faults may be untold. */
function checkFaults({ faults }: RawObject, written: Written): void {
  const wanted = [...new Set(slowFaultsOf(written))].sort();
  const found = [...new Set(faults.map(({ path, message }) => `${path} ${message}`))].sort();
  assert.equal(found.length > 0, wanted.length > 0, `found ${found.join('; ')}, wanted ${wanted.join('; ')}`);
  for (const each of found)
    assert.ok(wanted.includes(each), `${each} is no fault; wanted ${wanted.join('; ')}`);
  const isDoubled = wanted.some((each) => each.endsWith('stands twice in the same object'));
  if (!isDoubled && faults.length < MAX_FAULTS) assert.deepEqual(found, wanted);
}

/** What a reader says: nothing, or the code of its refusal. */
function refusalOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const REFUSALS = [undefined, 'body.not-utf8', 'body.not-json', 'body.too-deep', 'body.not-an-envelope'];

function checkRefused(bytes: Uint8Array): void {
  for (const read of [readEnvelope, readFile]) {
    const refusal = refusalOf(() => read(bytes, LIMITS));
    assert.ok(REFUSALS.includes(refusal), `${read.name} throws ${refusal ?? ''}`);
  }
}

describe('reading uploads, with random JSON', () => {
  test('every object of an envelope keeps its text to the letter, and its value is what is written', (t) => {
    fc.assert(
      fc.property(anyEnvelope, ({ text, objects, written }) => {
        const read = readEnvelope(Buffer.from(text), LIMITS);
        assert.deepEqual(
          read.map((each) => each.text),
          objects,
        );
        for (const [index, raw] of read.entries()) {
          const value = written[index];
          assert.ok(value);
          assert.deepEqual(raw.value, valueOf(value));
          assert.deepEqual(parseJsonText(raw.text), valueOf(value));
          checkFaults(raw, value);
        }
      }),
      readRandomRuns(t, 20),
    );
  });

  test('a single object in a file keeps its text and has the faults that the slow second opinion finds', (t) => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('id', 'constructor', 'a'), anyWritten)),
        fc.nat(),
        (rest, seed) => {
          const choose = createChoice(seed);
          const type: Written = { kind: 'string', value: 'campaign' };
          const written: Written = { kind: 'object', members: [['type', type], ...rest] };
          const text = write(written, choose);
          const [raw, ...more] = readFile(Buffer.from(blanks(choose) + text + blanks(choose)), LIMITS);
          assert.ok(raw && more.length === 0);
          assert.equal(raw.text, text);
          checkFaults(raw, written);
        },
      ),
      readRandomRuns(t, 20),
    );
  });

  test('the members that are counted in a span are those that are written in it', (t) => {
    const countMembers = (value: Written): number => {
      if (value.kind === 'list') return value.items.reduce((sum, item) => sum + countMembers(item), 0);
      if (value.kind !== 'object') return 0;
      return value.members.reduce((sum, [, member]) => sum + 1 + countMembers(member), 0);
    };
    fc.assert(
      fc.property(fc.array(anyWritten, { minLength: 1 }), fc.nat(), (values, seed) => {
        const choose = createChoice(seed);
        const texts = values.map((value) => write(value, choose));
        const text = `{${texts.map((each, index) => `"${index}":${each}`).join(',')}}`;
        const members = scanMembers(text, 100);
        assert.deepEqual(
          members.map(({ name, span }) => [name, text.slice(span.start, span.end), span.members]),
          texts.map((each, index) => [String(index), each, countMembers(values[index] ?? NOTHING)]),
        );
      }),
      readRandomRuns(t, 10),
    );
  });

  test('what is cut off anywhere is refused with a code of the closed list', (t) => {
    fc.assert(
      fc.property(anyEnvelope, fc.nat(), ({ text }, at) => {
        const bytes = Buffer.from(text);
        checkRefused(bytes.subarray(0, at % bytes.length));
      }),
      readRandomRuns(t, 20),
    );
  });

  test('what has bytes changed, taken out or doubled is read or refused, never an error of another kind', (t) => {
    const change = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('set', 'drop', 'double'),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\[]{},:0e-')), fc.nat({ max: 255 })),
    });
    fc.assert(
      fc.property(anyEnvelope, fc.array(change, { minLength: 1, maxLength: 4 }), ({ text }, changes) => {
        let bytes = [...Buffer.from(text)];
        for (const { at, kind, byte } of changes) {
          const place = at % Math.max(bytes.length, 1);
          const middle = kind === 'set' ? [byte] : kind === 'drop' ? [] : bytes.slice(place, place + 5);
          bytes = [
            ...bytes.slice(0, place),
            ...middle,
            ...bytes.slice(kind === 'double' ? place : place + 1),
          ];
        }
        checkRefused(Uint8Array.from(bytes));
      }),
      readRandomRuns(t, 50),
    );
  });

  test('random bytes and random heaps of brackets are refused with a code of the closed list', (t) => {
    const heap = fc
      .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '"objects"', '1', ' ', '\ufeff'))
      .map((parts) => Uint8Array.from(Buffer.from(parts.join(''))));
    fc.assert(fc.property(fc.oneof(fc.uint8Array(), heap), checkRefused), readRandomRuns(t, 50));
  });
});
