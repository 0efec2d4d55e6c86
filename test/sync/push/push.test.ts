import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { createMemoryPartner, splitEnvelope } from './memory-partner.ts';
import { findCollection, numbers, setReaders, startPushWorld, toText } from './push-world.ts';

const isFault =
  (code: string, pattern = /./) =>
  (error: unknown): boolean => {
    const { name, code: own, detail } = error as PartnerFault;
    return name === 'PartnerFault' && own === code && pattern.test(detail);
  };

const sent = (bodies: readonly string[]): readonly string[] => bodies.flatMap(splitEnvelope);

describe('a push', () => {
  test('sends every entry byte for byte, in the order of ticks, in envelopes within the bounds', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner();
    await world.publish(numbers(1, 13), { name: 'Ünïcode 🦔' });
    await world.publish(numbers(14, 25));
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(sent(partner.bodies), [
      ...numbers(1, 13).map((n) => toText(n, { name: 'Ünïcode 🦔' })),
      ...numbers(14, 25).map((n) => toText(n)),
    ]);
    assert.deepEqual(
      partner.bodies.map((body) => splitEnvelope(body).length),
      [10, 10, 5],
    );
    assert.deepEqual(world.totals(), { objects: 25, accepted: 25, known: 0, rejected: 0, pages: 3 });
    assert.equal(world.saves.length, 3);
    assert.equal(world.state().push?.tick, await world.store.lastTick(world.feed.from));
  });

  test('sends what came since, and nothing twice, in the next run', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner();
    await world.publish(numbers(1, 3));
    await world.run(partner.client);
    await world.run(partner.client);
    assert.equal(partner.bodies.length, 1);
    assert.equal(world.saves.length, 1);
    await world.publish([4]);
    await world.run(partner.client);
    assert.deepEqual(
      sent(partner.bodies),
      numbers(1, 4).map((n) => toText(n)),
    );
    assert.deepEqual(partner.calls.filter((call) => call === 'readService').length, 1);
  });

  test('remembers the partner also when there was nothing to send', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner();
    await world.run(partner.client);
    await world.run(partner.client);
    assert.deepEqual(partner.calls, ['readService', 'listCollections']);
  });

  test('sends what was added after the time that the feed names, and of the types that it names', async () => {
    await using world = await startPushWorld({ feed: { match: { types: ['tool'] } } });
    await world.publish(numbers(1, 3));
    const partner = createMemoryPartner();
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(partner.bodies, []);
    assert.equal(world.state().push?.tick, await world.store.lastTick(world.feed.from));
    assert.deepEqual(world.totals(), { objects: 0, accepted: 0, known: 0, rejected: 0, pages: 0 });

    const since = await world.store.lastTick(world.feed.from);
    await using later = await startPushWorld({ feed: { since } });
    await later.publish(numbers(1, 2));
    const [first] = await later.store.readEntries(later.feed.from, 0, 1);
    await using exact = await startPushWorld({ feed: { since: first?.tick ?? 0 } });
    await exact.publish(numbers(1, 2));
    const other = createMemoryPartner();
    await exact.run(other.client);
    assert.deepEqual(sent(other.bodies), [toText(2)]);
  });

  test('leaves out what this partner has shown us, counts it as known, and moves on over it', async () => {
    await using world = await startPushWorld();
    await world.publish(numbers(1, 40));
    const entries = await world.store.readEntries(world.feed.from, 0, 40);
    const shown = entries.filter((_, index) => index % 4 !== 3 || index > 35);
    await world.store.saveArrivals(
      world.feed.org,
      shown.map(({ heldId, versionKey }) => ({ id: heldId, versionKey })),
    );
    const partner = createMemoryPartner();
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(
      sent(partner.bodies),
      numbers(1, 36)
        .filter((n) => n % 4 === 0)
        .map((n) => toText(n)),
    );
    assert.deepEqual(world.totals(), { objects: 9, accepted: 9, known: 31, rejected: 0, pages: 1 });
    assert.equal(world.state().push?.tick, entries.at(-1)?.tick);
  });

  test('saves now and then how far it is where nothing is to be sent', async () => {
    await using world = await startPushWorld({ feed: { match: { types: ['tool'] } } });
    await world.publish(numbers(1, 10_100));
    assert.equal(await world.run(createMemoryPartner().client), 'complete');
    assert.equal(world.saves.length, 2);
  });

  test('rejects an object that is larger than the partner takes, without sending it', async () => {
    const limit = 400;
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ maxContentLength: limit });
    const frame = '{"objects":[]}'.length;
    const room = limit - frame - Buffer.byteLength(toText(2, { name: '' }));
    await world.publish([1]);
    await world.publish([2], { name: 'x'.repeat(room) });
    await world.publish([3], { name: `${'x'.repeat(room - 1)}ä` });
    await world.publish([4]);
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(
      sent(partner.bodies).map((text) => text.slice(0, 90)),
      [1, 2, 4].map((n) => toText(n).slice(0, 90)),
    );
    assert.ok(partner.bodies.some((body) => Buffer.byteLength(body) === limit));
    const [reject] = await world.rejects();
    assert.equal(reject?.original, toText(3, { name: `${'x'.repeat(room - 1)}ä` }));
    assert.match(reject.reason, /larger than the 400 bytes that the partner takes; it was not sent/);
    assert.deepEqual(world.totals(), { objects: 3, accepted: 3, known: 0, rejected: 1, pages: 3 });
  });

  test('ends with the bounds of the run, and the next run goes on', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner();
    await world.publish(numbers(1, 35));
    assert.equal(await world.run(partner.client, { limits: { maxPages: 2 } }), 'unfinished');
    assert.equal(sent(partner.bodies).length, 20);
    const bytes = Buffer.byteLength(partner.bodies[0] ?? '');
    const { client } = createMemoryPartner();
    assert.equal(await world.run(client, { limits: { maxRunBytes: bytes } }), 'unfinished');
    assert.equal(await world.run(client, { limits: { maxPages: 1 } }), 'complete');
    assert.equal(world.totals().accepted, 35);
  });

  test('gets on by an envelope in each run when the bounds are as small as can be', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({
      refusesEnvelope: (objects) => (objects.some(({ id }) => id.endsWith('3')) ? 422 : undefined),
    });
    await world.publish(numbers(1, 5));
    for (let runs = 0; runs < 5; runs += 1) {
      const limits = { maxPages: 1, maxRunBytes: 1024 };
      if ((await world.run(partner.client, { limits })) === 'complete') break;
    }
    assert.equal(partner.held.size, 4);
    assert.equal((await world.rejects()).length, 1);
  });

  test('stops between envelopes with the reason of the signal, and has saved what was answered', async () => {
    await using world = await startPushWorld();
    const controller = new AbortController();
    const partner = createMemoryPartner({
      before: (call) => {
        if (call === 'addObjects') controller.abort(new Error('told to stop'));
      },
    });
    await world.publish(numbers(1, 25));
    await assert.rejects(world.run(partner.client, { signal: controller.signal }), /told to stop/);
    assert.equal(partner.bodies.length, 1);
    assert.equal(world.totals().accepted, 10);
  });

  test('finds the partner anew when what was known of it does not hold any more', async () => {
    await using world = await startPushWorld();
    await world.publish([1]);
    await world.run(createMemoryPartner().client);
    assert.ok(world.state().partner);
    await world.publish([2]);
    let hasMoved = true;
    const { client, calls, held } = createMemoryPartner();
    const moved: typeof client = {
      ...client,
      addObjects(address, body) {
        if (!hasMoved) return client.addObjects(address, body);
        hasMoved = false;
        return client.addObjects({ ...address, collection: 'another' }, body);
      },
    };
    assert.equal(await world.run(moved), 'complete');
    assert.deepEqual(calls, ['addObjects', 'readService', 'listCollections', 'addObjects']);
    assert.deepEqual([...held.values()], [toText(2)]);
  });
});

describe('the rights of a push', () => {
  test('end with the grant of its organisation: nothing is sent, and no request is made', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner();
    await world.publish(numbers(1, 3));
    await setReaders(world.store, 'reference', ['org:facebook']);
    await assert.rejects(
      world.run(partner.client),
      isFault('collection.unusable', /"nass" may not read the collection "reference"; nothing/),
    );
    assert.deepEqual([partner.calls, world.saves], [[], []]);
  });

  test('are asked for again before each envelope', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({
      before: async (call) => {
        if (call === 'addObjects') await setReaders(world.store, 'reference', []);
      },
    });
    await world.publish(numbers(1, 25));
    await assert.rejects(world.run(partner.client), isFault('collection.unusable'));
    assert.equal(partner.bodies.length, 1);
    assert.equal(world.totals().accepted, 10);
  });

  test('are those of its organisation, also for a collection of an audience', async () => {
    await using own = await startPushWorld({ from: 'state' });
    await using foreign = await startPushWorld({ from: 'federal' });
    await using intake = await startPushWorld({ from: 'intake', feed: { org: 'dhs' } });
    for (const world of [own, foreign, intake]) await world.publish([1]);
    const partner = createMemoryPartner();
    assert.equal(await own.run(partner.client), 'complete');
    assert.equal(partner.held.size, 1);
    for (const world of [foreign, intake]) {
      const { client, calls } = createMemoryPartner();
      await assert.rejects(world.run(client), isFault('collection.unusable'));
      assert.deepEqual(calls, []);
    }
  });

  test('are none where the collection or the organisation is gone', async () => {
    await using world = await startPushWorld({ feed: { org: 'nobody' } });
    const { client, calls } = createMemoryPartner();
    await assert.rejects(world.run(client), isFault('collection.unusable', /"nobody"/));
    const { id } = await findCollection(world.store, 'reference');
    await world.store.savePolicies((await world.store.readPolicies()).filter((each) => each.id !== id));
    await assert.rejects(world.run(client), isFault('collection.unusable', /no collection/));
    assert.deepEqual(calls, []);
  });

  test('do not reach what was withdrawn, also while the partner was thinking', async () => {
    await using world = await startPushWorld();
    await world.publish(numbers(1, 25));
    await world.withdraw(2);
    let isThinking = true;
    const partner = createMemoryPartner({
      before: async (call) => {
        if (call !== 'addObjects' || !isThinking) return;
        isThinking = false;
        await world.withdraw(13);
      },
    });
    assert.equal(await world.run(partner.client), 'complete');
    const texts = sent(partner.bodies);
    assert.equal(texts.length, 23);
    assert.ok(!texts.includes(toText(2)) && !texts.includes(toText(13)));
  });

  test('bring a partner that takes no objects a fault that says so', async () => {
    await using world = await startPushWorld();
    await world.publish([1]);
    const partner = createMemoryPartner({ canWrite: false });
    await assert.rejects(world.run(partner.client), isFault('collection.unusable'));
    assert.deepEqual(partner.bodies, []);
  });
});
