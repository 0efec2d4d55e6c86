import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Collection } from '../../server/domain/collection.ts';
import type { Deployment } from '../../server/storage/port.ts';
import { nextCollectionId, toStixId } from '../support/publications.ts';
import { openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

function toDeployment(number: number): Deployment {
  const secret = Uint8Array.from({ length: 32 }, (_, place) => (place * 37 + number) % 256);
  return { secret, hubIdentity: toStixId('identity', number) };
}

/** Bytes as plain data: a store may give them as a Buffer. */
function toPlain({ secret, hubIdentity }: Deployment) {
  return { secret: [...secret], hubIdentity };
}

/** What the servers of one deployment have in common. */
export function describeDeployment(openStore: OpenStore): void {
  test('obligation 3: the deployment that was saved first counts, also after a restart', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    assert.deepEqual(toPlain(await store.ensureDeployment(toDeployment(1))), toPlain(toDeployment(1)));
    assert.deepEqual(toPlain(await store.ensureDeployment(toDeployment(2))), toPlain(toDeployment(1)));
    const reopened = await opened.reopen();
    assert.deepEqual(toPlain(await reopened.ensureDeployment(toDeployment(3))), toPlain(toDeployment(1)));
  });

  test('obligation 4: two stores that start at once agree on one secret', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const answers = await Promise.all([
      under.store.ensureDeployment(toDeployment(1)),
      second.ensureDeployment(toDeployment(2)),
    ]);
    const [one, other] = answers.map(toPlain);
    assert.deepEqual(one, other);
    assert.deepEqual(toPlain(await under.store.ensureDeployment(toDeployment(3))), one);
  });

  test('obligation 3: policies are read as they were saved last, by every store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    assert.deepEqual(await second.readPolicies(), []);
    const common = { title: 'Title – ж', apiRoot: 'feed', references: [], read: ['*'], write: [] };
    const first: readonly Collection[] = [
      {
        ...common,
        id: nextCollectionId(),
        alias: 'state',
        description: 'For "states"',
        release: { policy: 'audience', audience: 'state', maxTlp: 'amber+strict', hold: true },
        references: ['reference'],
        stixVersions: ['2.1'],
      },
      {
        ...common,
        id: nextCollectionId(),
        alias: 'reference',
        release: { policy: 'as-posted' },
        stixVersions: ['2.0', '2.1'],
      },
    ];
    const next: readonly Collection[] = first.slice(1).map((one) => ({ ...one, title: 'Another' }));
    for (const policies of [first, next, first]) {
      await under.store.savePolicies(policies);
      for (const store of [under.store, second]) {
        const read = await store.readPolicies();
        const sort = (list: readonly Collection[]) =>
          list.toSorted((one, other) => (one.id < other.id ? -1 : 1));
        assert.deepEqual(sort(read), sort(policies));
      }
    }
    const reopened = await under.opened.reopen();
    assert.equal((await reopened.readPolicies()).length, 2);
  });

  test('obligation 4: policies that changed meanwhile are not taken for decided, whichever store changed them', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    await under.store.savePolicies([]);
    const epoch = await under.store.policyEpoch();
    assert.equal(await second.policyEpoch(), epoch);
    await under.store.markPoliciesDecided(epoch);
    assert.equal(await second.arePoliciesDecided(), true);
    for (const change of [() => second.savePolicies([]), () => second.markPoliciesUndecided()]) {
      const before = await under.store.policyEpoch();
      await change();
      assert.equal(await under.store.arePoliciesDecided(), false);
      await under.store.markPoliciesDecided(before);
      assert.equal(await second.arePoliciesDecided(), false);
    }
    await under.store.markPoliciesDecided(await second.policyEpoch());
    assert.equal(await second.arePoliciesDecided(), true);
  });
}
