import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { readFile } from '../../../server/stix/document.ts';
import { readEnvelope } from '../../../server/stix/read-objects.ts';
import { cutObjects, readForm } from '../../../server/stix/streamed-file.ts';
import { bestOf, bestOfAsync, timeOf, timeOfAsync } from '../../support/processor-time.ts';

const MEGABYTE = 1_000_000;
const ALLOWED_MS = 200;
/** Byte by byte it takes longer than with the whole text at hand. */
const ALLOWED_TWICE_MS = 600;

function repeat(part: string): string {
  return part.repeat(Math.ceil(MEGABYTE / part.length));
}

function inObject(inner: string): string {
  return `{"objects":[{"a":${inner}}]}`;
}

const HEAPS: Readonly<Record<string, string>> = {
  'open lists': repeat('['),
  'open objects': repeat('{"a":'),
  'closed lists': repeat(']'),
  'quoted backslashes': repeat('"\\\\"'),
  'quoted quotes': repeat('"\\"'),
  'an open text of backslashes': `"${repeat('\\')}`,
  'a text of backslashes': inObject(`"${repeat('\\\\')}"`),
  'a text of escaped quotes': inObject(`"${repeat('\\"')}"`),
  'a text of escapes': inObject(`"${repeat('\\u0041')}"`),
  'texts of halves of pairs': inObject(`[${repeat('"\\ud800",')}1]`),
  digits: repeat('1'),
  'a number of a million digits': inObject(repeat('1')),
  'a fraction of a million digits': inObject(`0.${repeat('0')}1,"b":1,"b":1`),
  'numbers beyond the limit': inObject(`[${repeat('12345678901234567,')}1]`),
  'the same name again and again': `{"objects":[{${repeat('"a":1,')}"a":1}]}`,
  'forbidden names': `{"objects":[{${repeat('"\\u005f_proto__":1,')}"a":1}]}`,
  'nested lists up to the limit': inObject(`[${repeat(`${'['.repeat(90)}${']'.repeat(90)},`)}1]`),
  'nested objects with long names': inObject(
    `${`{"${'n'.repeat(11_000)}":`.repeat(90)}[1e99,1e99]${'}'.repeat(90)}`,
  ),
  'empty objects': `{"objects":[${repeat('{},')}1]}`,
  'blanks before a fault': inObject(`1e99${repeat(' ')}`),
  'line ends before what is no JSON': `{"objects":[${repeat('\n')}}`,
  commas: `{"objects":[${repeat(',')}]}`,
  colons: repeat('{:'),
};

test('reading a megabyte of anything takes less than 200 ms of the processor', () => {
  for (const [name, text] of Object.entries(HEAPS)) {
    const bytes = Buffer.from(text);
    for (const read of [readEnvelope, readFile]) {
      const best = bestOf(ALLOWED_MS, () => timeOf(() => readOrRefuse(read, bytes)));
      assert.ok(best < ALLOWED_MS, `${read.name}, ${name}: ${best.toFixed(0)} ms`);
    }
  }
});

test('reading a megabyte of anything while it comes in, twice, takes less than 600 ms of the processor', async () => {
  for (const [name, text] of Object.entries(HEAPS)) {
    const bytes = Buffer.from(text);
    const best = await bestOfAsync(ALLOWED_TWICE_MS, () => timeOfAsync(() => streamOrRefuse(bytes)));
    assert.ok(best < ALLOWED_TWICE_MS, `${name}: ${best.toFixed(0)} ms`);
  }
});

const PIECE = 1000;

async function streamOrRefuse(bytes: Buffer): Promise<void> {
  async function* give(): AsyncGenerator<Buffer> {
    for (let from = 0; from < bytes.length; from += PIECE) yield bytes.subarray(from, from + PIECE);
  }
  try {
    const form = await readForm(give(), { maxDepth: 100 });
    for await (const objects of cutObjects(give(), form, { maxDepth: 100 }))
      assert.ok(objects.length < PIECE);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}

function readOrRefuse(read: typeof readEnvelope, bytes: Buffer): void {
  try {
    read(bytes, { maxDepth: 100 });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
