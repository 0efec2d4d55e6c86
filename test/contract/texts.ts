import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHeldVersion } from '../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../support/publications.ts';
import { DEFAULT_POLL, EVERYTHING } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { commit, openForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

/** Texts that a parser would give back as something else. */
const TEXTS = [
  '{"b":1,"a":2,"2":3,"1":4}',
  '{"confidence":1.0,"big":1e3,"exact":12345678901234567890,"small":0.10}',
  '{"escaped":"\\u0041\\/\\u0000\\ud83d\\ude00","raw":"\u{1F600}"}',
  '{ "spaced" :\t[ 1 ,\r\n 2 ] }',
  '{"lone":"\\ud800"}',
  '{"marks":"\uFEFF\u2028\u2029\u00AD\uFFFD","accents":"e\u0301 \u00E9"}',
  '{"quote":"it\'s; DROP TABLE \\"entries\\" -- %_?"}',
  `{"long":"${'ж€\u{1F600}x'.repeat(100_000)}"}`,
];

/** What was uploaded. */
export function describeTexts(openStore: OpenStore): void {
  test('obligation 8: objects come back byte for byte, on pages, in entries and as held', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const publish = TEXTS.map((text, place) =>
      toPublication({ collection, id: toStixId('tool', place), text }),
    );
    const versions = TEXTS.map((text, place) =>
      toHeldVersion({ id: toStixId('tool', place), handle: place, text }),
    );
    for (const [place, one] of publish.entries()) {
      await commit(store, { publish: [one], versions: versions.slice(place, place + 1) });
    }
    assert.ok((TEXTS.at(-1)?.length ?? 0) > 500_000 && Buffer.byteLength(TEXTS.at(-1) ?? '') > 1_000_000);
    for (const open of [() => Promise.resolve(store), () => opened.reopen()]) {
      const from = await open();
      for (const filter of [DEFAULT_POLL, EVERYTHING]) {
        const page = await from.readObjects(collection, { ...filter, after: 0, limit: 100 });
        assert.deepEqual(page.texts, TEXTS);
      }
      await from.view(async (section) => {
        const held = await section.heldObjects(versions.map((one) => one.id));
        for (const { id, text } of publish) {
          assert.equal(held.get(id)?.versions[0]?.text, text);
          assert.equal((await section.entriesOf(collection, id))[0]?.text, text);
        }
      });
    }
  });

  test('obligation 8: any text of whole characters comes back as it is', async (t) => {
    const { store } = await openForTest(t, openStore);
    const textArb = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => JSON.stringify({ text }));
    await fc.assert(
      fc.asyncProperty(fc.array(textArb, { minLength: 1, maxLength: 20 }), async (texts) => {
        const collection = nextCollectionId();
        const one = (text: string, place: number) =>
          toPublication({ collection, id: toStixId('tool', place), text });
        for (const [place, text] of texts.entries()) await commit(store, { publish: [one(text, place)] });
        const page = await store.readObjects(collection, { ...DEFAULT_POLL, after: 0, limit: 100 });
        assert.deepEqual(page.texts, texts);
      }),
      readRandomRuns(t),
    );
  });

  test('obligation 8: the version is kept in the spelling that was sent', async (t) => {
    const { store } = await openForTest(t, openStore);
    const collection = nextCollectionId();
    const spellings = [
      '2018-08-21T00:00:00Z',
      '2018-08-21T00:00:00.1000Z',
      '2018-08-21T00:00:00.123456789012Z',
    ];
    const publish = spellings.map((version, place) =>
      toPublication({ collection, id: toStixId('tool', place), version }),
    );
    for (const one of publish) await commit(store, { publish: [one] });
    const { records } = await store.readManifest(collection, { ...DEFAULT_POLL, after: 0, limit: 10 });
    assert.deepEqual(
      records.map((record) => record.version),
      spellings,
    );
    for (const { id, versionKey } of publish) {
      assert.equal(await store.hasVersion(collection, id, [versionKey]), true);
    }
  });
}
