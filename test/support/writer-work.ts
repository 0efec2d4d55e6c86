import type { Store } from '../../server/storage/port.ts';
import { nextCollectionId, toPublication, toStixId } from './publications.ts';

/** Where the writing process of the kill test publishes. */
export const WRITER_COLLECTIONS = [nextCollectionId(), nextCollectionId()];

/** Many more than are done before the kill; a process that nobody kills ends by itself. */
const COMMITS_MAX = 1000;

/**
 * Saves an intent, then commits three entries to each collection, again and again, waiting to be killed.
 * @param say is told after each commit how many commits and how many intents were answered, those of earlier
 *   processes included.
 */
export async function writeUntilKilled(
  store: Store,
  say: (commits: number, intents: number) => void,
): Promise<void> {
  const [first] = WRITER_COLLECTIONS;
  if (first === undefined) throw new Error('no collection');
  let commits = (await store.countEntries(first)) / 3;
  let intents = (await store.openIntents(100_000)).length;
  while (commits < COMMITS_MAX) {
    await store.saveIntent({
      id: `${String(intents).padStart(8, '0')}-0000-4000-8000-000000000002`,
      user: 'ann',
      org: 'fbi',
      collection: first,
      receivedAt: intents,
      sha256: '00'.repeat(32),
      defaults: {},
      body: new Uint8Array(10),
    });
    intents += 1;
    const from = commits * 3;
    const publish = WRITER_COLLECTIONS.flatMap((collection) =>
      [0, 1, 2].map((place) => toPublication({ collection, id: toStixId('tool', from + place) })),
    );
    await store.write(() => Promise.resolve({ result: undefined, changes: { publish } }));
    commits += 1;
    say(commits, intents);
  }
}
