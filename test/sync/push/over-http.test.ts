import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTaxiiClient } from '../../../server/sync/client/create-client.ts';
import type { TaxiiClient } from '../../../server/sync/client/taxii-client.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { always, nth, type Behaviour } from '../../support/partner/behaviour.ts';
import { PARTNER_COLLECTION, startPartner, type Partner } from '../../support/partner/partner.ts';
import { toStixId } from '../../support/publications.ts';
import { LIMITS, numbers, startPushWorld, type PushWorld } from './push-world.ts';

interface Meeting extends AsyncDisposable {
  readonly partner: Partner;
  readonly world: PushWorld;
  readonly client: TaxiiClient;
}

/** A partner over HTTP, a feed that pushes to it, and a client. */
async function meet(
  behaviour: Behaviour = {},
  pathOf: 'discoveryUrl' | 'apiRoot' = 'apiRoot',
): Promise<Meeting> {
  await using resources = new AsyncDisposableStack();
  const partner = resources.use(await startPartner({ behaviour }));
  const feed = { url: partner[pathOf], collection: PARTNER_COLLECTION.title };
  const world = resources.use(await startPushWorld({ feed }));
  const client = createTaxiiClient({
    credentials: { kind: 'none' },
    allowPrivate: true,
    limits: {
      maxAnswerBytes: LIMITS.maxPageBytes,
      requestTimeoutMs: LIMITS.requestTimeoutMs,
      maxRedirects: 0,
      maxRetries: 0,
      maxRetryAfterMs: 0,
      maxDepth: LIMITS.maxDepth,
      maxObjects: LIMITS.maxObjects,
    },
    userAgent: 'push-test/1',
    signal: new AbortController().signal,
    wait: () => Promise.resolve(),
    random: () => 0,
    mayAsk: () => undefined,
  });
  resources.defer(() => client.close());
  const kept = resources.move();
  return { partner, world, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const idsOf = (partner: Partner): readonly string[] => partner.stock.held.map(({ id }) => id);
const campaigns = (first: number, last: number): readonly string[] =>
  numbers(first, last).map((number) => toStixId('campaign', number));

describe('a push over HTTP', () => {
  test('finds the collection by its title, and fills envelopes up to max_content_length (TAXII 2.1, 4.2)', async () => {
    await using meeting = await meet({ maxContentLength: 1000 }, 'discoveryUrl');
    const { partner, world, client } = meeting;
    await world.publish(numbers(1, 40), { name: 'Žluťoučký 🦔' });
    assert.equal(await world.run(client), 'complete');
    assert.deepEqual(idsOf(partner), campaigns(1, 40));
    const posts = partner.requests.of('add-objects');
    assert.ok(posts.every(({ status, bytesIn }) => status === 202 && bytesIn <= 1000));
    assert.ok(posts.slice(0, -1).every(({ bytesIn }) => bytesIn > 800));
    assert.deepEqual(world.totals().accepted, 40);
  });

  test('finds out what the partner takes when it does not say it', async () => {
    await using meeting = await meet({ maxContentLength: 1000, hidesMaxContentLength: true });
    const { partner, world, client } = meeting;
    await world.publish(numbers(1, 40));
    assert.equal(await world.run(client), 'complete');
    assert.deepEqual(idsOf(partner), campaigns(1, 40));
    assert.equal(partner.requests.of('add-objects').filter(({ status }) => status === 413).length, 1);
    assert.deepEqual(await world.rejects(), []);
  });

  test('waits for statuses, and keeps what failed as rejects', async () => {
    await using meeting = await meet({
      pendingPolls: 2,
      refusesObject: ({ id }) => (id === toStixId('campaign', 7) ? 'We do not like it.' : undefined),
    });
    const { partner, world, client } = meeting;
    await world.publish(numbers(1, 25));
    assert.equal(await world.run(client), 'complete');
    assert.equal(partner.stock.held.length, 24);
    assert.equal(partner.requests.of('status').length, 6);
    const rejects = await world.rejects();
    assert.deepEqual(
      rejects.map(({ id, reason }) => [id, reason]),
      [[toStixId('campaign', 7), 'The partner refused it: We do not like it.']],
    );
  });

  test('finds the one object for which a partner refuses whole envelopes', async () => {
    for (const answer of [400, 422]) {
      await using meeting = await meet({
        refusesEnvelope: (objects) =>
          objects.some(({ id }) => id === toStixId('campaign', 7)) ? answer : undefined,
      });
      const { partner, world, client } = meeting;
      await world.publish(numbers(1, 25));
      assert.equal(await world.run(client), 'complete');
      assert.equal(partner.stock.held.length, 24);
      assert.deepEqual(
        (await world.rejects()).map(({ id }) => id),
        [toStixId('campaign', 7)],
      );
    }
  });

  test('goes on after an answer that never came, and doubles nothing at the partner', async () => {
    await using meeting = await meet();
    const { partner, world, client } = meeting;
    await world.publish(numbers(1, 25));
    partner.behave({ fault: nth('add-objects', 2, { kind: 'reset', where: 'in-body' }) });
    await assert.rejects(world.run(client), PartnerFault);
    assert.equal(world.totals().accepted, 10);
    partner.behave({});
    assert.equal(await world.run(client), 'complete');
    assert.deepEqual(idsOf(partner), campaigns(1, 25));
    assert.deepEqual(world.totals().accepted, 25);
  });

  test('fails with a clear fault and a bounded bill whatever the partner answers', async () => {
    const answers = {
      'answer.unreadable': { kind: 'body', status: 202, body: '<html>Thanks</html>', type: 'text/html' },
      'credentials.refused': { kind: 'status', status: 401 },
      'access.denied': { kind: 'status', status: 403 },
      'partner.failed': { kind: 'status', status: 500, html: true },
      'partner.busy': { kind: 'status', status: 429, retryAfter: '3600' },
      'request.refused': { kind: 'status', status: 400 },
    } as const;
    for (const [code, fault] of Object.entries(answers)) {
      await using meeting = await meet({ fault: always('add-objects', fault) });
      const { partner, world, client } = meeting;
      await world.publish(numbers(1, 25));
      await assert.rejects(
        world.run(client),
        (error) => error instanceof PartnerFault && error.code === code,
        code,
      );
      assert.ok(partner.requests.count < 25, `${code}: ${partner.requests.count} requests`);
      assert.deepEqual(world.totals().accepted, 0);
      partner.behave({});
      assert.equal(await world.run(client), 'complete');
      assert.deepEqual(idsOf(partner), campaigns(1, 25));
    }
  });
});
