import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { toStixId } from '../../support/publications.ts';
import {
  createMemoryPartner,
  splitEnvelope,
  type MemoryPartner,
  type TakenObject,
} from './memory-partner.ts';
import { numbers, startPushWorld, toText } from './push-world.ts';

const LIMITS = { pushObjects: 64 };
const isOneOf = (bad: readonly number[]) => {
  const ids = new Set(bad.map((number) => toStixId('campaign', number)));
  return (objects: readonly TakenObject[]): boolean => objects.some(({ id }) => ids.has(id));
};
const sizes = ({ bodies }: MemoryPartner): readonly number[] =>
  bodies.map((body) => splitEnvelope(body).length);

describe('an envelope that is refused', () => {
  test('as too large is halved, and the run goes on with what went through', async () => {
    await using world = await startPushWorld();
    const one = Buffer.byteLength(toText(1)) + 1;
    const partner = createMemoryPartner({ takesBytes: 20 * one });
    await world.publish(numbers(1, 80));
    assert.equal(await world.run(partner.client, { limits: LIMITS }), 'complete');
    assert.equal(partner.held.size, 80);
    assert.deepEqual(sizes(partner), [64, 31, 15, 15, 15, 15, 15, 5]);
    assert.deepEqual(await world.rejects(), []);
  });

  test('as too large with one object makes that a reject', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ takesBytes: 300 });
    await world.publish([1]);
    await world.publish([2], { name: 'x'.repeat(300) });
    await world.publish([3]);
    assert.equal(await world.run(partner.client, { limits: LIMITS }), 'complete');
    assert.equal(partner.held.size, 2);
    const [reject, ...others] = await world.rejects();
    assert.deepEqual(
      [reject?.id, reject?.reason],
      [
        toStixId('campaign', 2),
        `Alone in a request of ${Buffer.byteLength(partner.bodies[2] ?? '')} bytes it is larger than the partner takes.`,
      ],
    );
    assert.deepEqual(others, []);
    assert.deepEqual(world.totals(), { objects: 3, accepted: 2, known: 0, rejected: 1, pages: 3 });
  });

  test('as a whole is sent in halves down to the objects that are bad, within a bounded number of requests', async () => {
    await using world = await startPushWorld();
    const bad = [1, 17, 18, 64, 100];
    const isBad = isOneOf(bad);
    const partner = createMemoryPartner({ refusesEnvelope: (objects) => (isBad(objects) ? 422 : undefined) });
    await world.publish(numbers(1, 130));
    assert.equal(await world.run(partner.client, { limits: LIMITS }), 'complete');
    assert.equal(partner.held.size, 125);
    const rejects = await world.rejects();
    assert.deepEqual(
      rejects.map(({ id }) => id).sort(),
      bad.map((number) => toStixId('campaign', number)),
    );
    assert.ok(rejects.every(({ reason }) => reason === 'The partner refused it: It answered 422.'));
    assert.deepEqual(rejects.map(({ original }) => original).sort(), bad.map((n) => toText(n)).sort());
    // At most two a level for each bad one, and one for each envelope.
    assert.ok(partner.bodies.length <= 2 * 6 * bad.length + 3, `${partner.bodies.length} requests`);
    assert.ok(partner.bodies.length <= 2 * world.totals().pages);
    assert.deepEqual(
      { ...world.totals(), pages: 0 },
      { objects: 130, accepted: 125, known: 0, rejected: 5, pages: 0 },
    );
  });

  test('for ten objects in a row fails the run, and they are sent again', async () => {
    await using world = await startPushWorld();
    let isDown = true;
    const partner = createMemoryPartner({
      refusesEnvelope: (objects) => (isDown && isOneOf(numbers(21, 80))(objects) ? 400 : undefined),
    });
    await world.publish(numbers(1, 80));
    await assert.rejects(world.run(partner.client, { limits: LIMITS }), (error) => {
      assert.ok(error instanceof PartnerFault);
      assert.equal(error.code, 'request.refused');
      assert.match(
        error.detail,
        /refused 10 objects in a row .* hardly the objects; they will be sent again/,
      );
      assert.match(error.detail, /It answered 400/);
      return true;
    });
    assert.ok(partner.bodies.length < 45, `${partner.bodies.length} requests`);
    assert.equal(partner.held.size, 20);
    assert.deepEqual(await world.rejects(), []);
    isDown = false;
    assert.equal(await world.run(partner.client, { limits: LIMITS }), 'complete');
    assert.equal(partner.held.size, 80);
    assert.deepEqual(world.totals().rejected, 0);
  });

  test('for ten objects in a row also where others between them are too large to be sent', async () => {
    await using world = await startPushWorld();
    const isBad = isOneOf([...numbers(1, 5), ...numbers(101, 105)]);
    const partner = createMemoryPartner({
      maxContentLength: 1000,
      refusesEnvelope: (objects) => (isBad(objects) ? 400 : undefined),
    });
    await world.publish(numbers(1, 5));
    await world.publish(numbers(6, 50), { name: 'x'.repeat(1000) });
    await world.publish(numbers(101, 105));
    await assert.rejects(world.run(partner.client), PartnerFault);
    assert.deepEqual([await world.rejects(), world.state().push], [[], undefined]);
  });

  test('holds no more than a bounded number of rejects in memory', async () => {
    await using world = await startPushWorld();
    const isBad = isOneOf([1]);
    const partner = createMemoryPartner({
      maxContentLength: 1000,
      refusesEnvelope: (objects) => (isBad(objects) ? 400 : undefined),
    });
    await world.publish([1]);
    await world.publish(numbers(2, 150), { name: 'x'.repeat(1000) });
    assert.equal(await world.run(partner.client), 'complete');
    assert.equal((await world.rejects()).length, 150);
    assert.ok(world.saves.every(({ rejected }) => rejected <= 120));
  });

  test('for nine objects in a row makes nine rejects', async () => {
    await using world = await startPushWorld();
    const isBad = isOneOf([...numbers(2, 10), ...numbers(12, 20)]);
    const partner = createMemoryPartner({ refusesEnvelope: (objects) => (isBad(objects) ? 400 : undefined) });
    await world.publish(numbers(1, 20));
    assert.equal(await world.run(partner.client, { limits: LIMITS }), 'complete');
    assert.equal(partner.held.size, 2);
    assert.equal((await world.rejects()).length, 18);
    assert.equal(world.savedRejects(), 18);
    assert.equal(world.state().push?.tick, await world.store.lastTick(world.feed.from));
  });

  test('with any other answer ends the run at once', async () => {
    for (const code of ['credentials.refused', 'partner.busy', 'partner.failed', 'media.refused'] as const) {
      await using world = await startPushWorld();
      const fault = new PartnerFault(code, 'No.');
      const partner = createMemoryPartner({
        before: (call) => {
          if (call === 'addObjects') throw fault;
        },
      });
      await world.publish(numbers(1, 20));
      await assert.rejects(world.run(partner.client), fault);
      assert.equal(partner.calls.filter((call) => call === 'addObjects').length, 1);
    }
  });

  test('as a method that is not allowed is no fault of its objects', async () => {
    await using world = await startPushWorld();
    const partner = createMemoryPartner({ refusesEnvelope: () => 405 });
    await world.publish(numbers(1, 20));
    await assert.rejects(world.run(partner.client), PartnerFault);
    assert.equal(partner.bodies.length, 1);
  });
});
