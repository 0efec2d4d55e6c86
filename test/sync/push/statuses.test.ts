import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PartnerStatus } from '../../../server/sync/client/taxii-client.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { MAX_PENDING } from '../../../server/sync/push/journal.ts';
import { settleEnvelope } from '../../../server/sync/push/settlement.ts';
import { toPublication, toStixId } from '../../support/publications.ts';
import { createMemoryPartner } from './memory-partner.ts';
import { numbers, startPushWorld, toText } from './push-world.ts';

const WEEK = 7 * 24 * 3600 * 1_000_000;
const isBad = ({ id }: { readonly id: string }): string | undefined =>
  id === toStixId('campaign', 3) ? 'Not\u001b[31mthis\u0007\u2028one \ud83e\n' : undefined;

describe('the status of an envelope', () => {
  test('names the objects that failed: they are rejects with the partner’s words and our original', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ refusesObject: isBad });
    await world.publish(numbers(1, 5));
    assert.equal(await world.run(partner.client), 'complete');
    const [reject, ...others] = await world.rejects();
    assert.deepEqual(others, []);
    assert.equal(reject?.original, toText(3));
    assert.equal(reject.reason, 'The partner refused it: Not [31mthis one');
    assert.deepEqual(world.totals(), { objects: 5, accepted: 4, known: 0, rejected: 1, pages: 1 });
  });

  test('is asked for with growing pauses while it is pending', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ pendingPolls: 4, refusesObject: isBad });
    await world.publish(numbers(1, 5));
    assert.equal(await world.run(partner.client), 'complete');
    assert.deepEqual(world.pauses, [250, 500, 1000, 2000]);
    assert.deepEqual(world.totals(), { objects: 5, accepted: 4, known: 0, rejected: 1, pages: 1 });
    assert.equal((await world.rejects())[0]?.original, toText(3));
    assert.deepEqual(world.state().push?.pending, []);
  });

  test('is left to the next run when the time to wait is over, which asks for it first', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ pendingPolls: 100, refusesObject: isBad });
    await world.publish(numbers(1, 5));
    assert.equal(await world.run(partner.client, { limits: { statusWaitMs: 1000 } }), 'complete');
    assert.deepEqual(world.pauses, [250, 500, 250]);
    assert.equal(world.state().push?.pending.length, 1);
    assert.deepEqual(world.totals(), { objects: 5, accepted: 0, known: 0, rejected: 0, pages: 1 });

    await world.run(partner.client);
    assert.equal(world.state().push?.pending.length, 1);
    for (let asked = 0; asked < 96; asked += 1)
      await partner.client.readStatus('', world.state().push?.pending[0]?.id ?? '');
    await world.publish([6]);
    const before = partner.calls.length;
    await world.run(partner.client, { limits: { statusWaitMs: 0 } });
    assert.deepEqual(partner.calls.slice(before), ['readStatus', 'addObjects']);
    assert.deepEqual(world.totals(), { objects: 6, accepted: 4, known: 0, rejected: 1, pages: 2 });
    assert.equal((await world.rejects())[0]?.original, toText(3));
    assert.equal(world.state().push?.pending.length, 1);
  });

  test('is durable before the push waits for it', async () => {
    await using world = await startPushWorld();
    const controller = new AbortController();
    const partner = createMemoryPartner({
      pendingPolls: 1,
      before: (call) => {
        if (call === 'readStatus') controller.abort(new Error('told to stop'));
        controller.signal.throwIfAborted();
      },
    });
    await world.publish(numbers(1, 5));
    await assert.rejects(world.run(partner.client, { signal: controller.signal }), /told to stop/);
    assert.equal(world.state().push?.pending.length, 1);
    const { client } = createMemoryPartner();
    const again = {
      ...client,
      readStatus: (...given: readonly [string, string]) => partner.client.readStatus(...given),
    };
    delete partner.behaviour.before;
    assert.equal(await world.run(again), 'complete');
    assert.equal(world.totals().accepted, 5);
    assert.deepEqual(partner.bodies.length, 1);
  });

  test('that is gone is settled as unknown, and that is said', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ pendingPolls: 100 });
    await world.publish(numbers(1, 5));
    await world.run(partner.client);
    partner.forget();
    await world.run(partner.client);
    assert.deepEqual(world.state().push?.pending, []);
    const [said, ...others] = await world.rejects();
    assert.match(said?.reason ?? '', /^The partner's status [-0-9a-f]{36} is gone: .* is not known\.$/);
    assert.deepEqual(others, []);
    assert.deepEqual(world.totals(), { objects: 5, accepted: 0, known: 0, rejected: 0, pages: 1 });
  });

  test('that the partner cannot give does not keep the push from sending', async () => {
    await using world = await startPushWorld();
    const statusFault = new PartnerFault('partner.failed', 'It broke.', { status: 500 });
    const partner = createMemoryPartner({ pendingPolls: 1, statusFault });
    await world.publish(numbers(1, 35));
    assert.equal(await world.run(partner.client), 'complete');
    assert.equal(partner.held.size, 35);
    assert.equal(partner.calls.filter((call) => call === 'readStatus').length, 1);
    assert.equal(world.state().push?.pending.length, 4);
    await world.publish([36]);
    assert.equal(await world.run(partner.client), 'complete');
    assert.equal(partner.held.size, 36);
    assert.equal(world.state().push?.pending.length, 5);
    world.hub.clock.advance(WEEK + 1);
    await world.run(partner.client);
    assert.deepEqual(world.state().push?.pending, []);
    assert.equal((await world.rejects()).length, 5);
  });

  test('that stays pending for a week is given up', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ pendingPolls: Infinity });
    await world.publish([1]);
    await world.run(partner.client);
    world.hub.clock.advance(WEEK);
    await world.run(partner.client);
    assert.equal(world.state().push?.pending.length, 1);
    world.hub.clock.advance(1);
    await world.run(partner.client);
    assert.deepEqual(world.state().push?.pending, []);
    assert.match((await world.rejects())[0]?.reason ?? '', /is still pending/);
  });

  test('is kept for a bounded number of envelopes: the oldest are given up, and that is said', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ pendingPolls: Infinity });
    await world.publish(numbers(1, MAX_PENDING + 3));
    await world.run(partner.client, { limits: { pushObjects: 1, statusWaitMs: 0 } });
    assert.equal(partner.held.size, MAX_PENDING + 3);
    assert.equal(world.state().push?.pending.length, MAX_PENDING);
    const rejects = await world.rejects();
    assert.equal(rejects.length, 3);
    assert.ok(rejects.every(({ reason }) => reason.includes('one of too many that are pending')));
  });
});

const SENT = numbers(1, 3).map((number) => {
  const text = toText(number);
  return toPublication({ id: toStixId('campaign', number), text });
});
const TERMS = { at: 5, maxOriginalBytes: 1000 };
const COMPLETE: PartnerStatus = {
  ...{ id: 'one', isComplete: true, failures: [] },
  ...{ successCount: 3, failureCount: 0, pendingCount: 0 },
};

describe('a complete status', () => {
  test('that names no failures where all failed makes all of them rejects (TAXII 2.1, 4.3.1)', () => {
    const settled = settleEnvelope({ ...COMPLETE, successCount: 0, failureCount: 3 }, SENT, TERMS);
    assert.deepEqual([settled.accepted, settled.rejected], [0, 3]);
    assert.deepEqual(
      settled.rejects.map(({ original }) => original),
      SENT.map(({ text }) => text),
    );
  });

  test('that names fewer failures than it counts says that the others are not known', () => {
    const settled = settleEnvelope({ ...COMPLETE, successCount: 2, failureCount: 1 }, SENT, TERMS);
    assert.deepEqual([settled.accepted, settled.rejected], [2, 1]);
    assert.deepEqual(
      settled.rejects.map(({ id, reason }) => [id, reason]),
      [[undefined, 'The partner refused 1 of 3 objects and named 0 of them (status one).']],
    );
  });

  test('with counts and failures that cannot be is bounded by what was sent', () => {
    const failure = { id: '\u0000'.repeat(5000), version: undefined, message: 'x'.repeat(100_000) };
    const failures = Array.from({ length: 1000 }, () => failure);
    const settled = settleEnvelope(
      { ...COMPLETE, successCount: 1e9, failureCount: 1e9, failures },
      SENT,
      TERMS,
    );
    assert.deepEqual([settled.accepted, settled.rejected, settled.rejects.length], [0, 3, 3]);
    assert.ok(settled.rejects.every(({ reason }) => reason.length < 600));
  });

  test('tells versions apart by the time, and takes any other version for the one that is left', () => {
    const id = toStixId('campaign', 1);
    const versions = ['2018-08-21T00:00:00.000Z', '2018-08-22T00:00:00.000Z'];
    const sent = versions.map((version) => toPublication({ id, version, text: version }));
    const failures = [
      { id, version: 'when it came', message: undefined },
      { id, version: '2018-08-21T00:00:00Z', message: undefined },
    ];
    const { rejects } = settleEnvelope({ ...COMPLETE, failures, failureCount: 2 }, sent, TERMS);
    assert.deepEqual(
      rejects.map(({ original }) => original),
      [versions[1], versions[0]],
    );
  });

  test('keeps no original that is larger than the bound on objects', () => {
    const failures = SENT.map(({ id, version }) => ({ id, version, message: 'no' }));
    const bytes = Buffer.byteLength(SENT[0]?.text ?? '');
    const settle = (maxOriginalBytes: number) =>
      settleEnvelope({ ...COMPLETE, failures, failureCount: 3 }, SENT, { at: 5, maxOriginalBytes }).rejects;
    assert.ok(settle(bytes).every(({ original }) => original !== undefined));
    assert.ok(
      settle(bytes - 1).every(({ original, key }) => original === undefined && /^[0-9a-f]{64}$/.test(key)),
    );
    assert.deepEqual(
      settle(bytes).map(({ key }) => key),
      settle(bytes - 1).map(({ key }) => key),
    );
  });
});
