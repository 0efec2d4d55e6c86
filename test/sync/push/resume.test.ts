import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Store } from '../../../server/storage/port.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { toStixId } from '../../support/publications.ts';
import type { TestHub } from '../../support/test-hub.ts';
import { createMemoryPartner, type MemoryBehaviour } from './memory-partner.ts';
import { numbers, startPushWorld, toText } from './push-world.ts';

const BAD = new Set([4, 5, 17].map((number) => toStixId('campaign', number)));
const SENT = numbers(1, 25);
const GOOD = SENT.filter((number) => !BAD.has(toStixId('campaign', number)));

/** A partner that says in every way what it does not take. */
const KINDS = {
  'in the status': { refusesObject: ({ id }) => (BAD.has(id) ? 'no' : undefined) },
  'in a status that is pending': {
    pendingPolls: 2,
    refusesObject: ({ id }) => (BAD.has(id) ? 'no' : undefined),
  },
  'for the whole envelope': {
    refusesEnvelope: (objects) => (objects.some(({ id }) => BAD.has(id)) ? 422 : undefined),
  },
} as const satisfies Readonly<Record<string, MemoryBehaviour>>;

/**
 * Runs a push in which the `n`th of all steps fails (calls of the partner, before or after it did what it was asked to;
 * saves; reads of the store), and then others until all is sent.
 * @returns whether there was such a step
 */
async function failAt(hub: TestHub, n: number, behaviour: MemoryBehaviour): Promise<boolean> {
  const id = `11111111-2222-4333-8444-${String(n).padStart(12, '0')}`;
  await using world = await startPushWorld({ hub, feed: { id, name: `out-${n}` } });
  let steps = 0;
  const step = (): void => {
    steps += 1;
    if (steps === n) throw new PartnerFault('connection.failed', 'gone');
  };
  const partner = createMemoryPartner({ ...behaviour });
  const client = {
    ...partner.client,
    async addObjects(...given: Parameters<typeof partner.client.addObjects>) {
      step();
      const status = await partner.client.addObjects(...given);
      step();
      return status;
    },
    async readStatus(...given: Parameters<typeof partner.client.readStatus>) {
      step();
      const status = await partner.client.readStatus(...given);
      step();
      return status;
    },
  };
  const store: Store = {
    ...world.store,
    readEntries(...given) {
      step();
      return world.store.readEntries(...given);
    },
  };
  const end = await world.run(client, { store, beforeSave: step }).catch((error: unknown) => {
    assert.ok(error instanceof PartnerFault, String(error));
    return 'failed' as const;
  });
  const beforeCounts = partner.bodies.length;
  for (let runs = 0; runs < 3; runs += 1) await world.run(partner.client);
  assert.ok(partner.bodies.length - beforeCounts <= 25);
  assert.deepEqual([...partner.held.values()].sort(), GOOD.map((number) => toText(number)).sort());
  const rejects = await world.rejects();
  assert.deepEqual(new Set(rejects.map(({ id }) => id)), BAD);
  assert.equal(rejects.length, BAD.size);
  assert.ok(rejects.every(({ original }) => original !== undefined));
  assert.equal(world.state().push?.tick, await world.store.lastTick(world.feed.from));
  assert.deepEqual(world.state().push?.pending, []);
  const { accepted, rejected } = world.totals();
  // What was done and not saved counts when it is done again, and not before.
  if (behaviour.pendingPolls === undefined) assert.deepEqual([accepted, rejected], [GOOD.length, BAD.size]);
  return end === 'failed';
}

describe('a push that fails anywhere', () => {
  test('goes on by the tick: everything is sent, nothing is doubled, when failures stand in the status', async () => {
    await failEverywhere(KINDS['in the status']);
  });

  test('goes on by the tick when failures stand in a status that is pending', async () => {
    await failEverywhere(KINDS['in a status that is pending']);
  });

  test('goes on by the tick when envelopes are refused as a whole', async () => {
    await failEverywhere(KINDS['for the whole envelope']);
  });
});

async function failEverywhere(behaviour: MemoryBehaviour): Promise<void> {
  await using world = await startPushWorld();
  await world.publish(SENT);
  let n = 1;
  while (await failAt(world.hub, n, behaviour)) n += 1;
  assert.ok(n > 10, 'there are more steps than that');
}
