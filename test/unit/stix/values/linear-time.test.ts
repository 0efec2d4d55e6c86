import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findPackageRoot } from '../../../../server/config/package-root.ts';
import {
  isDomainName,
  isEmailAddress,
  isIpv4,
  isIpv6,
  isMacAddress,
} from '../../../../server/stix/values/addresses.ts';
import { isCpe23 } from '../../../../server/stix/values/cpe.ts';
import { createListChecks } from '../../../../server/stix/values/list-checks.ts';
import { isUri } from '../../../../server/stix/values/uri.ts';
import { isLowercaseHyphenated } from '../../../../server/stix/values/word-form.ts';

const CHECKS = Object.entries({
  ...createListChecks(findPackageRoot()),
  isCpe23,
  isDomainName,
  isEmailAddress,
  isIpv4,
  isIpv6,
  isLowercaseHyphenated,
  isMacAddress,
  isUri,
});
const MEGABYTE = 1_000_000;
const MOST_MS = 50;

/** Pieces that the checks look for, and what may come before and after many of them. */
const PIECES = [
  'a',
  'ü',
  '.',
  '-',
  ':',
  '%',
  '@',
  '/',
  '\\',
  '?',
  '*',
  '0',
  '1.',
  'a.',
  'a-',
  'a:',
  'xn--',
  '%41',
  '\\:',
  'A_',
  ' ',
];
const STARTS = [
  '',
  'en-',
  'x-',
  'cpe:2.3:a:',
  'http://',
  'http://[',
  'http://x/',
  'a@',
  'xn--',
  '::',
  'application/',
];
const ENDS = ['', '!', '\u0000', ']'];

function assertFast(text: string, about: string): void {
  for (const [name, check] of CHECKS) {
    const ms = leastMs(() => check(text));
    assert.ok(ms < MOST_MS, `${name} takes ${ms} ms over ${JSON.stringify(about)}`);
  }
}

function leastMs(run: () => void): number {
  let least = Infinity;
  // The machine may be busy, so the best of a few counts; a check that is not linear is slow each time.
  for (let round = 0; round < 3 && least > MOST_MS; round += 1) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

describe('checks of single values', () => {
  test('each judges a megabyte in less than 50 ms, whatever is in it', () => {
    for (const piece of PIECES) {
      const middle = piece.repeat(MEGABYTE / piece.length);
      for (const start of STARTS) assertFast(`${start}${middle}!`, `${start} ${piece} …`);
      assertFast(middle, `${piece} …`);
    }
  });

  test('none throws, and each says the same again', () => {
    const piece = fc.oneof(fc.constantFrom(...PIECES, ...STARTS, ...ENDS), fc.string({ unit: 'binary' }));
    const text = fc.oneof(
      fc.array(piece).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        for (const [name, check] of CHECKS) {
          const verdict = check(drawn);
          assert.equal(typeof verdict, 'boolean', name);
          assert.equal(check(drawn), verdict, name);
        }
      }),
      { numRuns: 200 },
    );
  });
});
