import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, test } from 'node:test';
import { createProgress } from '../../../scripts/cli/progress.ts';
import type { Terminal } from '../../../scripts/cli/surroundings.ts';

const CLEAR_LINE = '\r\u001b[K';

/** A terminal that keeps the lines that it was given. */
function createTerminal(columns: number, isTTY = true): { out: Terminal<Writable>; lines: () => string[] } {
  const written: string[] = [];
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return {
    out: Object.assign(out, { isTTY, columns }),
    lines: () => written.join('').split(CLEAR_LINE).slice(1),
  };
}

describe('the progress bar', () => {
  test('shows what is done, the rate, and the time that is left at this rate', () => {
    let now = 5000;
    const { out, lines } = createTerminal(100);
    const progress = createProgress(out, 4000, () => now, { unit: 'records', done: 0 });
    now += 2000;
    progress.advance(1000);
    now += 4000;
    progress.advance(3000);
    progress.end();
    assert.deepEqual(lines(), [
      `[${'.'.repeat(40)}] 0 of 4000 records`,
      `[${'#'.repeat(10)}${'.'.repeat(30)}] 1000 of 4000 records, 500/s, 6 s left`,
      `[${'#'.repeat(40)}] 4000 of 4000 records, 667/s`,
      '',
    ]);
  });

  test('counts what an earlier run has done as done, and not for the rate', () => {
    let now = 0;
    const { out, lines } = createTerminal(200);
    const progress = createProgress(out, 1_000_000, () => now, { unit: 'records', done: 500_000 });
    now += 1000;
    progress.advance(1000);
    assert.match(lines().at(-1) ?? '', / 501000 of 1000000 records, 1000\/s, 9 min left$/);
    now += 1_000_000;
    progress.advance(1000);
    assert.match(lines().at(-1) ?? '', / 502000 of 1000000 records, 2\/s, 70 h left$/);
  });

  test('has the numbers alone on a narrow terminal, and shows nothing where there is none', () => {
    const narrow = createTerminal(20);
    createProgress(narrow.out, 10, () => 0).advance(1);
    assert.deepEqual(narrow.lines(), [' 0 of 10 objects', ' 1 of 10 objects']);
    const file = createTerminal(80, false);
    createProgress(file.out, 10, () => 0).advance(1);
    assert.deepEqual(file.lines(), []);
  });
});
