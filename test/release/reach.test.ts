import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyPolicies, createCore, type Core } from '../../server/core.ts';
import { loadCollections } from '../../server/config/collections.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { requireWrite } from '../../server/domain/access.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { readContext, readPrincipal } from '../../server/domain/decision-context.ts';
import { ALL_VERSIONS } from '../../server/domain/object-query.ts';
import { redecide } from '../../server/release/redecide.ts';
import type { Store } from '../../server/storage/port.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFakeIds } from '../support/fake-ids.ts';
import { marked, MARKINGS, toTime, versioned } from '../support/marked-objects.ts';
import { toStixId } from '../support/publications.ts';
import { openTestStore } from '../support/test-database.ts';

const SHIPPED = await loadCollections(join(findPackageRoot(), 'collections'));
const SECOND = 1_000_000;
const GRACE_MS = 600_000;

interface Hub {
  readonly core: Core;
  readonly store: Store;
  readonly clock: FakeClock;
  readonly send: (user: string, alias: string, ...objects: readonly object[]) => Promise<void>;
  readonly remove: (user: string, alias: string, id: string) => Promise<void>;
  /** The ids that the collection shows. */
  readonly ids: (alias: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

async function startHub(collections: readonly Collection[]): Promise<Hub> {
  const clock = createFakeClock(Date.UTC(2018, 7, 24) * 1000);
  const store = await openTestStore({ clock, writeWaitMs: 1000, maxPendingWrites: 10, pageScanMax: 10_000 });
  const settings = { referenceGraceMs: GRACE_MS, maxDepth: 100, maxObjects: 50_000, title: 'Test hub' };
  const ids = createFakeIds(1);
  const core = await createCore({ store, clock, ids, settings, packageRoot: findPackageRoot() });
  for (const [id, audience] of [
    ['dhs', 'federal'],
    ['facebook', 'private'],
    ['nass', 'state'],
  ] as const) {
    const identity = toStixId('identity', id.length * 100);
    await store.addOrganisation({ id, name: `Organisation ${id}`, audience, hub: id === 'dhs', identity });
    await store.addUser({ name: id, org: id, role: 'analyst', passwordHash: '', disabled: false });
  }
  await applyPolicies(core, collections);
  const find = (alias: string): Collection => {
    const found = collections.find((collection) => collection.alias === alias);
    if (!found) throw new Error(`no collection ${alias}`);
    return found;
  };
  const writable = async (user: string, alias: string) => {
    const sender = await readPrincipal(store, user);
    return [sender, requireWrite(sender, { ...find(alias), write: ['*'] })] as const;
  };
  return {
    core,
    store,
    clock,
    async send(user, alias, ...objects) {
      const body = Buffer.from(JSON.stringify({ objects }));
      await core.submissions.submit(...(await writable(user, alias)), body, { defaults: { tlp: 'green' } });
      clock.advance(SECOND);
    },
    async remove(user, alias, id) {
      await core.submissions.remove(...(await writable(user, alias)), id, {});
      clock.advance(SECOND);
    },
    async ids(alias) {
      const query = { after: 0, limit: 10_000, versions: [ALL_VERSIONS] };
      return (await store.readManifest(find(alias).id, query)).records.map(({ id }) => id);
    },
    close: () => store.close(),
  };
}

/** Deciding everything from scratch must change nothing. */
async function expectSettled({ store, clock, core }: Hub): Promise<void> {
  const { hubIdentity } = core.deployment;
  const context = await readContext({ store, clock, hubIdentity, referenceGraceMs: GRACE_MS });
  await store.view(async (section) => {
    const objects = await section.heldObjects(await section.heldIds('', 10_000));
    const { publish, withdraw } = await redecide(section, context, { objects });
    assert.deepEqual({ publish, withdraw }, { publish: [], withdraw: [] });
  });
}

const toMarking = (n: number, extension: object, rest: object = {}): object => ({
  type: 'marking-definition',
  spec_version: '2.1',
  id: toStixId('marking-definition', n),
  created: toTime(0),
  extensions: {
    'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2': {
      extension_type: 'property-extension',
      ...extension,
    },
  },
  ...rest,
});

const named = (n: number) => ({ object_marking_refs: [toStixId('marking-definition', n), MARKINGS.green] });

test('a translation goes when a marking arrives that withholds a part of any version it translates', async () => {
  const hub = await startHub(SHIPPED);
  const id = toStixId('campaign', 1);
  const marking = toStixId('marking-definition', 7);
  const granular = [{ marking_ref: marking, selectors: ['description'] }];
  await hub.send(
    'facebook',
    'intake',
    versioned('campaign', 1, {
      name: 'n',
      description: 'told',
      granular_markings: granular,
      ...marked('all'),
    }),
    versioned('campaign', 1, { name: 'n', ...marked('all') }, 5),
    versioned('language-content', 2, { object_ref: id, contents: { es: { name: 'x' } }, ...marked('all') }),
  );
  assert.ok((await hub.ids('state')).includes(toStixId('language-content', 2)));
  await hub.send('facebook', 'intake', toMarking(7, { kind: 'audience', audiences: ['federal'] }));
  assert.ok(!(await hub.ids('state')).includes(toStixId('language-content', 2)));
  await expectSettled(hub);
  await hub.close();
});

test('a name that arrives late is looked for also where only a deleted later version named its bearer', async () => {
  const hub = await startHub(SHIPPED);
  const id = toStixId('campaign', 1);
  const first = versioned('campaign', 1, { name: 'about Zanzibar Analytics', ...marked('all') });
  const creator = toStixId('identity', 77);
  const consent = 'marking-definition--ce28af84-0499-42b3-b6d5-8733f404a1d7';
  const second = { created_by_ref: creator, name: 'x', object_marking_refs: [MARKINGS.all, consent] };
  await hub.send('facebook', 'state', first, versioned('campaign', 1, second, 5));
  await hub.remove('dhs', 'state', id).catch(() => undefined);
  await hub.send('facebook', 'state', first);
  await hub.send(
    'facebook',
    'intake',
    versioned('identity', 77, { name: 'Zanzibar Analytics', identity_class: 'organization' }),
  );
  assert.ok(!(await hub.ids('state')).includes(id));
  await expectSettled(hub);
  await hub.close();
});

const toPlain = (alias: string, n: number): Collection => {
  const reference = SHIPPED.find((collection) => collection.alias === 'reference');
  assert.ok(reference);
  const id = `00000000-0000-4000-8000-00000000000${n}`;
  return { ...reference, id: parseId(id), alias, title: alias };
};

function parseId(text: string): Collection['id'] {
  return text as Collection['id'];
}

/** A collection for NASS alone. */
const CIRCLE: Collection = {
  ...toPlain('circle', 1),
  release: { policy: 'recipients', recipients: ['nass'], maxTlp: 'green', hold: false },
  read: ['org:nass'],
};
const FOR_NASS = toMarking(8, { kind: 'named-recipients', recipient_refs: [toStixId('identity', 400)] });

test('for named recipients an object follows what is posted to a collection that they may read', async () => {
  const hub = await startHub([...SHIPPED, toPlain('plain', 2), CIRCLE]);
  const relationship = toStixId('relationship', 3);
  const ends = { source_ref: toStixId('campaign', 2), target_ref: toStixId('campaign', 1) };
  await hub.send(
    'facebook',
    'intake',
    FOR_NASS,
    versioned('campaign', 1, { name: 'shown to nobody', ...marked('red') }),
    versioned('campaign', 2, { name: 'theirs', ...named(8) }),
    versioned('relationship', 3, { relationship_type: 'related-to', ...ends, ...named(8) }),
  );
  assert.ok(!(await hub.ids('circle')).includes(relationship));
  await hub.send('dhs', 'plain', versioned('campaign', 1, { name: 'posted' }));
  assert.ok((await hub.ids('circle')).includes(relationship));
  await hub.remove('dhs', 'plain', toStixId('campaign', 1));
  assert.ok(!(await hub.ids('circle')).includes(relationship));
  await expectSettled(hub);
  await hub.close();
});

test('for named recipients an object follows supporting objects into and out of what they may read', async () => {
  const hub = await startHub([...SHIPPED, CIRCLE]);
  const relationship = toStixId('relationship', 3);
  const ends = { source_ref: toStixId('campaign', 2), target_ref: toStixId('identity', 5) };
  await hub.send(
    'facebook',
    'intake',
    FOR_NASS,
    versioned('identity', 5, { name: 'An organisation', identity_class: 'organization', ...marked('amber') }),
    versioned('campaign', 2, { name: 'theirs', ...named(8) }),
    versioned('relationship', 3, { relationship_type: 'related-to', ...ends, ...named(8) }),
  );
  assert.ok(!(await hub.ids('circle')).includes(relationship));
  const maker = { name: 'made by it', created_by_ref: toStixId('identity', 5), ...marked('all', 'green') };
  await hub.send('facebook', 'intake', versioned('campaign', 4, maker));
  assert.ok((await hub.ids('state')).includes(toStixId('identity', 5)));
  assert.ok((await hub.ids('circle')).includes(relationship));
  await hub.remove('dhs', 'state', toStixId('campaign', 4));
  assert.ok(!(await hub.ids('circle')).includes(relationship));
  await expectSettled(hub);
  await hub.close();
});

test('what a removed collection still waited for does not keep the server busy, and nothing of it is left', async () => {
  const hub = await startHub(SHIPPED);
  const waiting = versioned('relationship', 3, {
    relationship_type: 'related-to',
    source_ref: toStixId('campaign', 1),
    target_ref: toStixId('campaign', 2),
    ...marked('all'),
  });
  await hub.send('facebook', 'intake', waiting, versioned('campaign', 9, { name: 'n', ...marked('all') }));
  const without = SHIPPED.filter(({ alias }) => alias !== 'federal');
  await applyPolicies(hub.core, without);
  hub.clock.advance(GRACE_MS * 2000);
  assert.equal(await hub.core.followUp.decideDue(), 1);
  assert.equal(await hub.core.followUp.decideDue(), 0);
  assert.deepEqual(await hub.ids('federal'), []);
  await applyPolicies(hub.core, SHIPPED);
  assert.ok((await hub.ids('federal')).includes(toStixId('campaign', 9)));
  await expectSettled(hub);
  await hub.close();
});

test('a collection that holds objects cannot be put to another use', async () => {
  const hub = await startHub(SHIPPED);
  await hub.send('dhs', 'reference', versioned('campaign', 1, { name: 'posted' }));
  const changed = SHIPPED.map((collection): Collection => {
    if (collection.alias !== 'reference') return collection;
    return {
      ...collection,
      release: { policy: 'audience', audience: 'public', maxTlp: 'clear', hold: false },
    };
  });
  await assert.rejects(applyPolicies(hub.core, changed), /holds objects from another use/);
  await applyPolicies(
    hub.core,
    SHIPPED.filter(({ alias }) => alias !== 'reference'),
  );
  await applyPolicies(hub.core, SHIPPED);
  assert.deepEqual(await hub.ids('reference'), [toStixId('campaign', 1)]);
  await hub.close();
});

test('grace and embargo follow the wall clock, also when ticks are ahead of it', async () => {
  const hub = await startHub(SHIPPED);
  await hub.send('facebook', 'intake', versioned('campaign', 8, { name: 'n', ...marked('all') }));
  hub.clock.advance(-3600 * SECOND);
  const ends = { source_ref: toStixId('campaign', 8), target_ref: toStixId('campaign', 2) };
  await hub.send(
    'facebook',
    'intake',
    versioned('relationship', 3, { relationship_type: 'related-to', ...ends, ...marked('all') }),
  );
  hub.clock.advance(GRACE_MS * 1000 + SECOND);
  await hub.core.followUp.decideDue();
  assert.ok((await hub.ids('state')).includes(toStixId('relationship', 3)));
  await hub.close();
});

test('an object with thousands of versions, each with a part that is withheld, is decided in bounded time', async () => {
  const hub = await startHub(SHIPPED);
  const pii = {
    marking_ref: 'marking-definition--534d91e2-24ba-48f1-9248-bf37b6fb717d',
    selectors: ['description'],
  };
  const versions = Array.from({ length: 1500 }, (_, n) =>
    versioned(
      'campaign',
      1,
      { name: `n${n}`, description: `words ${n}`, granular_markings: [pii], ...marked('all') },
      n,
    ),
  );
  const started = performance.now();
  await hub.send('facebook', 'intake', ...versions);
  // It took minutes when each version was compared with each later one.
  assert.ok(performance.now() - started < 20_000);
  assert.equal((await hub.ids('federal')).filter((id) => id === toStixId('campaign', 1)).length, 1500);
  await hub.close();
});
