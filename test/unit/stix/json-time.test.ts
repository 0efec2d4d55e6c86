import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { readFile } from '../../../server/stix/document.ts';
import { readEnvelope } from '../../../server/stix/read-objects.ts';
import { bestOf, timeOf } from '../../support/processor-time.ts';

const MEGABYTE = 1_000_000;
const ALLOWED_MS = 200;

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

function readOrRefuse(read: typeof readEnvelope, bytes: Buffer): void {
  try {
    read(bytes, { maxDepth: 100 });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
}
