import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { readEnvelope, readFile } from '../../../server/stix/read-objects.ts';

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
      const best = bestOf(() => timeOf(() => read(bytes, { maxDepth: 100 })));
      assert.ok(best < ALLOWED_MS, `${read.name}, ${name}: ${best.toFixed(0)} ms`);
    }
  }
});

/** The best of up to five: the first are slower, and so is the one that has to clear up after the others. */
function bestOf(measure: () => number): number {
  let best = measure();
  for (let tries = 1; tries < 5 && best >= ALLOWED_MS; tries += 1) best = Math.min(best, measure());
  return best;
}

/** Processor time in milliseconds: what else runs on the machine does not count. */
function timeOf(work: () => unknown): number {
  const start = process.cpuUsage();
  try {
    work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
