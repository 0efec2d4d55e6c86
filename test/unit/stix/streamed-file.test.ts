import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../../server/domain/errors.ts';
import { readFile, readObject } from '../../../server/stix/document.ts';
import type { FileForm } from '../../../server/stix/file-form.ts';
import { cutObjects, readForm } from '../../../server/stix/streamed-file.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import { anyWritten, blanks, createChoice, write, writeString, type Choose } from './written-json.ts';

const LIMITS = { maxDepth: 12 };

/** Cuts bytes at random places, and lends each piece for as long as it is the last one. */
async function* cut(bytes: Uint8Array, choose: Choose, largest: number): AsyncGenerator<Uint8Array> {
  const lent = Buffer.alloc(largest);
  for (let from = 0; from < bytes.length;) {
    const piece = bytes.subarray(from, from + 1 + choose(largest));
    lent.fill(0x7f).set(piece);
    yield lent.subarray(0, piece.length);
    from += piece.length;
  }
}

interface Streamed {
  readonly form: FileForm;
  readonly texts: readonly string[];
}

async function stream(bytes: Uint8Array, choose: Choose, largest: number): Promise<Streamed> {
  const form = await readForm(cut(bytes, choose, largest), LIMITS);
  const texts: string[] = [];
  for await (const objects of cutObjects(cut(bytes, choose, largest), form, LIMITS))
    texts.push(...objects.map(String));
  return { form, texts };
}

/** What reading comes to: the objects, or the reason of the refusal. */
async function outcomeOf<T>(read: () => T | Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError) return `${error.code} ${error.detail ?? ''}`;
    throw error;
  }
}

/** Both ways of reading come to the same, however the bytes are cut. */
async function compare(bytes: Uint8Array, seed: number): Promise<void> {
  const choose = createChoice(seed);
  const whole = await outcomeOf(() => readFile(bytes, LIMITS));
  const streamed = await outcomeOf(() => stream(bytes, choose, 1 + choose(20)));
  if (typeof whole === 'string' || typeof streamed === 'string') {
    assert.equal(streamed, whole, JSON.stringify(Buffer.from(bytes).toString()));
    return;
  }
  assert.deepEqual(
    streamed.texts,
    whole.map(({ text }) => text),
  );
  assert.equal(streamed.form.objects, whole.length);
  const sizes = whole.map(({ text }) => Buffer.byteLength(text));
  assert.equal(streamed.form.largestBytes, Math.max(...sizes));
  for (const [index, { text, value, faults }] of whole.entries()) {
    assert.deepEqual(readObject(streamed.texts[index] ?? '', LIMITS), {
      ...readObject(text, LIMITS),
      value,
      faults,
    });
  }
}

const names = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('objects', 'type', 'id') },
  { weight: 1, arbitrary: fc.constantFrom('Objects', '__proto__', 'typ', 'x'.repeat(70), 'é😀') },
);
const ofType = fc.constantFrom('"bundle"', '"\\u0062undle"', '"campaign"', '1', 'null', '"bundle "');

/** A file of any form, or nearly one. */
const anyFile: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom('object', 'list', 'other'),
    fc.array(fc.tuple(names, anyWritten, ofType, fc.array(anyWritten, { maxLength: 4 })), { maxLength: 5 }),
    anyWritten,
    fc.nat(),
  )
  .map(([kind, members, other, seed]) => {
    const choose = createChoice(seed);
    const list = (items: readonly string[], [open, close]: readonly [string, string]): string =>
      open + items.map((item) => blanks(choose) + item + blanks(choose)).join(',') + close;
    const toMember = ([name, value, type, items]: (typeof members)[number]): string => {
      const texts = items.map((item) => write(item, choose));
      const objects = choose(5) > 0 ? list(texts, ['[', ']']) : write(value, choose);
      const written = name === 'objects' ? objects : name === 'type' ? type : write(value, choose);
      return `${writeString(name, choose)}${blanks(choose)}:${blanks(choose)}${written}`;
    };
    const toObject = (some: typeof members): string => list(some.map(toMember), ['{', '}']);
    const start = choose(8) === 0 ? '\ufeff' : '';
    if (kind === 'other') return start + blanks(choose) + write(other, choose) + blanks(choose);
    if (kind === 'object') return start + blanks(choose) + toObject(members) + blanks(choose);
    return (
      start +
      list(
        members.map((member) => (choose(2) > 0 ? toObject([member]) : write(other, choose))),
        ['[', ']'],
      )
    );
  });

describe('reading a file while it comes in', () => {
  test('the objects and their number are those that reading the whole finds, however it is cut', async (t) => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), (text, seed) => compare(Buffer.from(text), seed)),
      readRandomRuns(t, 60),
    );
  });

  test('what is cut off anywhere is refused for the same reason, with the same place', async (t) => {
    await fc.assert(
      fc.asyncProperty(anyFile, fc.nat(), fc.nat(), async (text, at, seed) => {
        const bytes = Buffer.from(text);
        await compare(bytes.subarray(0, at % bytes.length), seed);
      }),
      readRandomRuns(t, 60),
    );
  });

  test('what has bytes changed, taken out or doubled is read or refused alike', async (t) => {
    const change = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('set', 'drop', 'double'),
      byte: fc.oneof(fc.constantFrom(...Buffer.from('"\\[]{},:0.e-tu \n')), fc.nat({ max: 255 })),
    });
    await fc.assert(
      fc.asyncProperty(
        anyFile,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        async (text, changes, seed) => {
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
          await compare(Uint8Array.from(bytes), seed);
        },
      ),
      readRandomRuns(t, 100),
    );
  });

  test('random heaps of pieces of JSON are read or refused alike', async (t) => {
    const part = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        '"',
        ':',
        ',',
        '\\',
        '"objects":[',
        '"type":"bundle"',
        '1',
        '-0.5e+1',
        '01',
        '1.',
        'true',
      ],
      ...[
        'tru',
        'null',
        ' ',
        '\n',
        '\r\n',
        '\ufeff',
        'é',
        '²',
        '😀',
        '\\u0041',
        '\\ud8',
        '\t',
        '"a":',
        "'",
        '\u0301',
        '_',
      ],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.nat(), (parts, seed) =>
        compare(Buffer.from(parts.join('')), seed),
      ),
      readRandomRuns(t, 150),
    );
  });

  test('random bytes are refused alike', async (t) => {
    await fc.assert(fc.asyncProperty(fc.uint8Array(), fc.nat(), compare), readRandomRuns(t, 30));
  });
});
