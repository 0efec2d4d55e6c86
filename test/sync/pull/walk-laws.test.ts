import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import { createMemoryPartner, toText, type MemoryPartner, type Traits } from './memory-partner.ts';
import { createReader, type Reader } from './walk-runs.ts';

const FACTOR = 20;

const traitsArb: fc.Arbitrary<Traits> = fc
  .record({
    precision: fc.constantFrom(1, 1_000, 1_000_000),
    headerPrecision: fc.constantFrom(1, 1_000, 1_000_000),
    next: fc.constantFrom('given', 'missing', 'expires', 'refused', 'circle', 'repeated', 'session'),
    more: fc.constantFrom('said', 'said-with-objects', 'unsaid'),
    isInclusive: fc.boolean(),
    headers: fc.constantFrom('given', 'given', 'missing', 'backwards', 'future'),
    hasManifest: fc.boolean(),
    hasDate: fc.boolean(),
    cap: fc.integer({ min: 1, max: 40 }),
    maxAnswer: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 1_500),
    losesEvery: fc.constantFrom(0, 0, 5, 7),
    pace: fc.constantFrom(1_000, 300_000, 1_500_000),
  })
  .map((traits) => {
    // Without a word of more, a partner that caps pages below what was asked for cannot be told from one at its end.
    return traits.more === 'unsaid' && traits.next === 'missing' ? { ...traits, cap: 1_000 } : traits;
  });

const additionsArb = fc.record({
  /** Before the first run: how many objects at a moment, and how long after the one before. */
  before: fc.array(fc.record({ count: fc.integer({ min: 1, max: 6 }), wait: fc.nat(2_000_000) }), {
    maxLength: 12,
  }),
  /** Before each request of the first runs. */
  during: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 25 }),
  sizes: fc.array(fc.constantFrom(0, 0, 0, 200, 2_000), { minLength: 1, maxLength: 5 }),
});
type Additions = typeof additionsArb extends fc.Arbitrary<infer T> ? T : never;

const runsArb = fc.record({
  pageLimit: fc.integer({ min: 1, max: 10 }),
  /** Which page of a run is read and not saved. */
  deaths: fc.array(fc.option(fc.nat(4), { nil: undefined }), { maxLength: 4 }),
});

const MAX_RUNS = 100;
const BOUNDS = { maxPages: 1_000, maxObjects: 1_000 };

interface Story {
  readonly partner: MemoryPartner;
  readonly reader: Reader;
  readonly all: readonly string[];
  readonly end: 'complete' | PartnerFault;
}

/** Fills a partner and reads it until nothing is added any more and a run has come to its end. */
async function readAll(
  traits: Traits,
  additions: Additions,
  { pageLimit, deaths }: { pageLimit: number; deaths: readonly (number | undefined)[] },
): Promise<Story> {
  const partner = createMemoryPartner(traits);
  const reader = createReader(partner, { ...BOUNDS, pageLimit });
  const all: string[] = [];
  const add = (count: number): void => {
    const { sizes } = additions;
    const texts = Array.from({ length: count }, (_, index) =>
      toText(all.length + index, sizes[(all.length + index) % sizes.length]),
    );
    all.push(...texts);
    partner.add(texts);
  };
  for (const { count, wait } of additions.before) {
    partner.advance(wait);
    add(count);
  }
  const during = [...additions.during];
  partner.onRequest = () => add(during.shift() ?? 0);
  for (let run = 0; run < MAX_RUNS; run += 1) {
    const before = all.length;
    const end = await reader.run(deaths[run]);
    partner.advance(3_000_000);
    if (end === 'died' || all.length > before || during.length > 0) continue;
    assert.notEqual(end, 'unfinished', 'no run needs more pages than there may be');
    if (end === 'unfinished' || (end === 'complete' && reader.cursor.overlaps === true)) continue;
    return { partner, reader, all, end };
  }
  return assert.fail('the runs do not come to an end');
}

/** Whether what the partner does leaves a way through everything. */
function isPassable(traits: Traits, partner: MemoryPartner): boolean {
  if (traits.maxAnswer !== Number.POSITIVE_INFINITY) return false;
  if (traits.next === 'given') return true;
  const hasHeaders = traits.headers === 'given';
  const precision = Math.max(traits.precision, hasHeaders ? traits.headerPrecision : 1);
  return (hasHeaders || traits.hasManifest) && traits.cap > partner.widestMoment(precision) + 1;
}

describe('a walk through a collection of a partner', () => {
  test('reads everything, or says what is wrong, whatever the faults of the partner are', async (t) => {
    const ends = new Map<string, number>();
    const FAULTS = new Set(['paging.stuck', 'answer.too-large']);
    await fc.assert(
      fc.asyncProperty(traitsArb, additionsArb, runsArb, async (traits, additions, runs) => {
        const { partner, reader, all, end } = await readAll(traits, additions, runs);
        const code = end === 'complete' ? end : end.code;
        ends.set(code, (ends.get(code) ?? 0) + 1);
        if (isPassable(traits, partner)) assert.equal(code, 'complete', String(end));
        if (end === 'complete') {
          const skipped = new Set(reader.oversized);
          const missing = all.filter((text) => !reader.texts.has(text) && !skipped.has(idOf(text)));
          assert.deepEqual(missing, [], 'everything was read');
        } else assert.ok(FAULTS.has(code), code);
      }),
      readRandomRuns(t, FACTOR),
    );
    t.diagnostic(JSON.stringify([...ends]));
  });

  test('never goes back, and asks no more than a few times for each page that there is', async (t) => {
    await fc.assert(
      fc.asyncProperty(traitsArb, additionsArb, runsArb, async (traits, additions, runs) => {
        const { partner, reader, all } = await readAll(traits, additions, runs);
        let highest = 0;
        for (const { after = 0 } of reader.cursors) {
          // A last second is asked for from one microsecond before it.
          assert.ok(after >= highest - 1, 'the cursor does not go back');
          highest = Math.max(highest, after);
        }
        const runsMade = reader.runs;
        assert.ok(
          partner.requests <= runsMade * (3 * all.length + 40),
          `${partner.requests} requests in ${runsMade} runs for ${all.length} objects`,
        );
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('settles to requests that carry no objects when nothing is added any more', async (t) => {
    // One that counts the moment itself among what comes after it, or hides a part of its dates, shows the last anew.
    const quietArb = traitsArb
      .filter(({ headers, hasManifest }) => headers === 'given' || hasManifest)
      .map((traits): Traits => ({ ...traits, isInclusive: false, headerPrecision: 1, maxAnswer: Infinity }));
    await fc.assert(
      fc.asyncProperty(quietArb, additionsArb, runsArb, async (traits, additions, runs) => {
        const { partner, reader, end } = await readAll(traits, additions, runs);
        if (end !== 'complete') return;
        const hasDates = traits.headers === 'given' || traits.cap > partner.widestMoment(traits.precision);
        if (!hasDates) return;
        for (let run = 0; run < 3; run += 1) assert.equal(await reader.run(), 'complete');
        const carried = partner.carrying;
        const { requests } = partner;
        assert.equal(await reader.run(), 'complete');
        assert.equal(partner.carrying, carried, `carries objects from ${JSON.stringify(reader.cursor)}`);
        assert.ok(partner.requests <= requests + 2);
      }),
      readRandomRuns(t, FACTOR),
    );
  });
});

function idOf(text: string): string {
  return text.slice(7, 7 + 42);
}
