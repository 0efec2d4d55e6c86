import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { listOf, makePlace, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

/** Lists that platforms published; they name real accounts and do not come with the product. */
const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'meta-threat-research');
/** The rows of each as Python's csv module counts them, and what becomes of them. */
const LISTS = [
  { name: '2022-09-china-russia', all: 350, understood: 350, text: 0, blank: 0 },
  { name: '2023Q1-iran', all: 61, understood: 27, text: 28, blank: 6 },
  { name: '2023Q1-venezuela-us', all: 35, understood: 12, text: 18, blank: 5 },
  { name: '2023Q2-spamouflage-china', all: 529, understood: 254, text: 274, blank: 1 },
  { name: '2024Q1-iran', all: 32, understood: 22, text: 8, blank: 2 },
  { name: '2026H1-china', all: 20, understood: 10, text: 6, blank: 4 },
  { name: '2026H1-iran-1', all: 20, understood: 10, text: 6, blank: 4 },
];
const skip = existsSync(FOLDER)
  ? false
  : 'NOT CHECKED: the takedown lists are not beside the repository (../shared/data/meta-threat-research)';
if (skip !== false) process.stderr.write(`${skip}\n`);

describe('takedown lists as they were published', { skip }, () => {
  let place: Place;
  const argumentsFor = (name: string): readonly string[] => [
    'import-takedown',
    join(FOLDER, `${name}.csv`),
    ...['--as', 'dhs', '--acted-on', '2023-08-29', '--platform', 'facebook', '--name', name],
  ];
  const entries = async (): Promise<unknown> =>
    listOf(await readDocument(place.env, ['collections']), 'collections').map((each) => each['entries']);

  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
    await readDocument(place.env, ['user', 'add', 'dhs', '--org', 'dhs', '--role', 'analyst']);
  });
  after(() => place.remove());

  test('each is imported with every row accounted for, and a second time adds nothing', async () => {
    for (const { name, ...counts } of LISTS) {
      const { submissions, ...first } = await readDocument(place.env, argumentsFor(name));
      assert.deepEqual(first['rows'], { ...counts, notUnderstood: 0 }, name);
      assert.equal(listOf(first, 'lines').length, counts.all);
      for (const { failure, pending, state } of listOf({ submissions }, 'submissions')) {
        assert.deepEqual([failure, pending, state], [0, 0, 'complete'], name);
      }
    }
    const entriesAfter = await entries();
    for (const { name } of LISTS) {
      const second = await readDocument(place.env, argumentsFor(name));
      for (const submission of listOf(second, 'submissions')) {
        for (const { result, message } of listOf(submission, 'outcomes')) {
          assert.equal(result, 'success');
          assert.match(String(message), /^already held/);
        }
      }
    }
    assert.deepEqual(await entries(), entriesAfter);
  });

  test('the kill-chain table beside them is recognised and refused', async () => {
    const ended = await runPollwatch(place.env, argumentsFor('Online_Operations_Killchain-TTPs'));
    assert.match(ended.stderr, /This is the kill-chain table itself/);
    assert.equal(ended.exitCode, 1);
  });
});
