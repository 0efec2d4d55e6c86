import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Reply } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Asked, Kind, Versions } from './history.ts';
import type { Accepted } from './writer.ts';

export interface Settling {
  readonly client: Client;
  readonly fleet: Pick<Fleet, 'addresses'>;
  readonly accepted: readonly Accepted[];
  readonly collections: Readonly<Record<string, Kind>>;
  readonly readers: Readers;
}

/** Who reads which collection. */
export type Readers = Readonly<Record<string, readonly [kind: Kind, user: string]>>;

const SETTLE_MS = 60_000;
const LOOK_AGAIN_MS = 300;

/**
 * Waits until everything that was answered 202 came to its end, nothing waits to be carried out, and nothing changes
 * any more although uploads that were not answered may still be under way.
 * @returns how many milliseconds that took
 */
export async function expectSettled(settling: Settling): Promise<number> {
  const { client, accepted } = settling;
  const startMs = performance.now();
  const deadline = startMs + SETTLE_MS;
  for (const { n, statusId, user } of accepted) {
    for (;;) {
      const reply = await client.ask({
        asked: { kind: 'status', post: n },
        ...{ method: 'GET', path: `/feed/status/${statusId}/`, user },
      });
      // A status that is lost is found in the history.
      if (reply.status !== 200 || reply.outcome?.isComplete === true) break;
      assert.ok(performance.now() < deadline, `an upload never ends: ${JSON.stringify(reply)}`);
      await delay(LOOK_AGAIN_MS);
    }
  }
  let before: unknown;
  for (;;) {
    const state = await readState(settling);
    if (state !== undefined && isDeepStrictEqual(state, before)) return performance.now() - startMs;
    assert.ok(performance.now() < deadline, 'the servers do not come to rest');
    before = state;
    await delay(LOOK_AGAIN_MS);
  }
}

/** @returns what all servers say of every collection; undefined while something waits to be carried out */
async function readState({ client, fleet, collections, readers }: Settling): Promise<unknown> {
  const state: unknown[] = [];
  for (const { port } of fleet.addresses()) {
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready/`);
    if (ready.status !== 200 || (await ready.text()).includes('waits to be carried out')) return undefined;
  }
  for (const collection of Object.keys(collections)) {
    const path = `/feed/collections/${collection}/manifest/?limit=1000&match[version]=all&added_after=`;
    for (const address of fleet.addresses()) {
      let after = '1970-01-01T00:00:00Z';
      for (;;) {
        const asked: Asked = { kind: 'look', collection, path };
        const reply = await client.askOnce(address, {
          asked,
          ...{ method: 'GET', path: path + after, user: readers[collection]?.[1] ?? '' },
        });
        if (reply.status !== 200) return undefined;
        state.push(reply.last);
        if (reply.more !== true) break;
        after = reply.last ?? after;
      }
    }
  }
  return state;
}

/** Writes down what every collection holds, in every view, when nothing changes any more. */
export async function readFinally(
  client: Client,
  collections: Readonly<Record<string, Kind>>,
  readers: Readers,
): Promise<void> {
  const views: readonly (Versions | 'manifest')[] = ['all', 'last', 'first', 'manifest'];
  for (const collection of Object.keys(collections)) {
    for (const versions of views) {
      const list = versions === 'manifest' ? 'manifest' : 'objects';
      const match = versions === 'manifest' ? 'all' : versions;
      for (let next = ''; ;) {
        const path = `/feed/collections/${collection}/${list}/?limit=1000&match[version]=${match}${next}`;
        const reply: Reply = await client.ask({
          asked: { kind: 'final', collection, versions },
          ...{ method: 'GET', path, user: readers[collection]?.[1] ?? '' },
        });
        if (reply.next === undefined) break;
        next = `&next=${reply.next}`;
      }
    }
  }
}
