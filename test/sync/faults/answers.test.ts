import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { FeedFaultCode } from '../../../server/domain/feed.ts';
import { always, nth, type Behaviour, type Fault } from '../../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub } from '../../support/partner/feed-hub.ts';
import { PARTNER_COLLECTION, startPartner } from '../../support/partner/partner.ts';
import { startScene, type SceneOptions } from './scene.ts';

const PAGE = 10;
const COUNT = 45;
const PAGES = 5;
const RESOLVING = 3;
const RETRIES = 2;

let hub: FeedHub;
before(async () => {
  hub = await startFeedHub();
});
after(() => hub[Symbol.asyncDispose]());

async function expectComplete(behaviour: Behaviour, rest: SceneOptions = {}): Promise<void> {
  await using scene = await startScene(hub, {
    count: COUNT,
    ...rest,
    behaviour: { pageSize: PAGE, ...behaviour },
  });
  await scene.expectAll(await scene.run());
  assert.ok(
    scene.partner.requests.count <= PAGES + RESOLVING + RETRIES + 2,
    String(scene.partner.requests.count),
  );
}

/** The fault is there for the third page, whatever is asked; when it is gone the rest comes. */
async function expectFault(
  fault: Fault,
  code: FeedFaultCode,
  mostRequests: number,
  otherCode: FeedFaultCode = code,
): Promise<void> {
  await using scene = await startScene(hub, { count: COUNT });
  scene.partner.behave({ pageSize: PAGE, fault: nth('objects', 3, fault, 1000) });
  const run = await scene.run();
  await scene.expectFault(run, run.error?.code === otherCode ? otherCode : code);
  assert.equal((await scene.readHeld()).length, 2 * PAGE, 'what came before is kept');
  const { count } = scene.partner.requests;
  assert.ok(count <= 2 + RESOLVING + mostRequests, `${String(count)} requests`);
  await scene.expectRecovery();
}

/** The fault is there for one request, and the run gets over it. */
async function expectRetry(fault: Fault): Promise<void> {
  await using scene = await startScene(hub, { count: COUNT });
  scene.partner.behave({ pageSize: PAGE, fault: nth('objects', 3, fault) });
  await scene.expectAll(await scene.run());
  assert.equal(scene.partner.requests.of('objects').length, PAGES + 1);
}

describe('a pull from a partner that finds us', () => {
  test('takes an API root that is named relative to the host (TAXII 2.1, 4.1.1)', async () => {
    await using partner = await startPartner({ behaviour: { apiRoots: 'relative' } });
    const feed = await hub.addPull({ url: partner.discoveryUrl });
    assert.equal((await hub.run(feed)).result, 'complete');
    assert.equal(partner.requests.of('discovery').length, 1);
    // What was found out is known from then on.
    assert.equal((await hub.run(feed)).result, 'complete');
    assert.equal(partner.requests.of('discovery').length, 1);
  });

  test('takes a collection by its id, its alias or its title', async () => {
    await using partner = await startPartner();
    for (const collection of [PARTNER_COLLECTION.id, 'shared', PARTNER_COLLECTION.title]) {
      const run = await hub.run(await hub.addPull({ url: partner.apiRoot, collection }));
      assert.equal(run.result, 'complete', JSON.stringify(run.error));
    }
  });

  test('names the titles that there are when the collection is not among them', async () => {
    await using partner = await startPartner();
    const run = await hub.run(await hub.addPull({ url: partner.apiRoot, collection: 'elsewhere' }));
    assert.equal(run.error?.code, 'collection.unusable');
    assert.match(run.error.detail, /What we share/);
  });

  test('says that a collection may not be read', async () => {
    await using partner = await startPartner({ collections: [{ ...PARTNER_COLLECTION, canRead: false }] });
    const run = await hub.run(await hub.addPull({ url: partner.apiRoot }));
    assert.ok(['collection.unusable', 'access.denied'].includes(run.error?.code ?? ''), JSON.stringify(run));
    assert.equal(partner.requests.of('objects').length, 0);
  });
});

describe('a pull from a partner that answers in its own way', () => {
  test('takes {} for nothing', async () => {
    await using scene = await startScene(hub, { count: 0 });
    await scene.expectAll(await scene.run());
    assert.equal(scene.partner.requests.of('objects').length, 1);
  });
  test('takes an empty list for nothing', () => expectComplete({ empty: 'empty-list' }, { count: 0 }));
  test('takes more: false for nothing', () => expectComplete({ empty: 'more-false' }, { count: 0 }));
  test('spells Accept as a strict partner wants it', () => expectComplete({ accept: 'exact' }));
  test('proves who we are by Basic', () =>
    withSecret('a pass word', (secret) =>
      expectComplete(
        {},
        {
          auth: { kind: 'basic', user: 'us', password: 'a pass word' },
          feed: { auth: { kind: 'basic', user: 'us' }, secret },
        },
      ),
    ));
  test('proves who we are by a bearer token', () =>
    withSecret('abc.def', (secret) =>
      expectComplete(
        {},
        { auth: { kind: 'bearer', secret: 'abc.def' }, feed: { auth: { kind: 'bearer' }, secret } },
      ),
    ));
  test('proves who we are by Authorization: Token', () =>
    withSecret('abc.def', (secret) =>
      expectComplete(
        {},
        { auth: { kind: 'token', secret: 'abc.def' }, feed: { auth: { kind: 'token' }, secret } },
      ),
    ));
  test('proves who we are by a header of its own', () =>
    withSecret('abc.def', (secret) =>
      expectComplete(
        {},
        {
          auth: { kind: 'header', name: 'X-Api-Key', secret: 'abc.def' },
          feed: { auth: { kind: 'header', name: 'X-Api-Key' }, secret },
        },
      ),
    ));
  test('follows a redirect on the same host', async () => {
    await using scene = await startScene(hub, { count: COUNT });
    scene.partner.behave({
      pageSize: 100,
      fault: nth('objects', 1, { kind: 'redirect', location: '/api/collections/shared/objects/?limit=100' }),
    });
    await scene.expectAll(await scene.run());
    assert.equal(scene.partner.requests.of('objects').length, 2);
  });
});

describe('a pull from a partner that refuses', () => {
  test('says that the credentials are refused on 401, and asks once', () =>
    expectFault({ kind: 'status', status: 401 }, 'credentials.refused', 1));
  test('says that access is denied on 403, and asks once', () =>
    expectFault({ kind: 'status', status: 403 }, 'access.denied', 1));
  test('says that it is not there on 404, after it has looked for it anew', () =>
    expectFault({ kind: 'status', status: 404 }, 'not-found', 4));
  test('says that the media type is refused on 406', () =>
    expectFault({ kind: 'status', status: 406 }, 'media.refused', 6));
  test('says that a request is refused on 400', () =>
    expectFault({ kind: 'status', status: 400 }, 'request.refused', 8));
  test('says that the partner failed on an HTML page with 500', () =>
    expectFault({ kind: 'status', status: 500, html: true }, 'partner.failed', 2 * (1 + RETRIES)));
  test('says that the answer cannot be read on an HTML page with 200', () =>
    expectFault({ kind: 'status', status: 200, html: true }, 'answer.unreadable', 1 + RETRIES));
  test('says that the answer cannot be read when it is no JSON', () =>
    expectFault(
      { kind: 'body', body: '{"objects":[{' },
      'answer.unreadable',
      1 + RETRIES,
      'connection.failed',
    ));
  test('says that the answer cannot be read when it is a list', () =>
    expectFault({ kind: 'body', body: '[]' }, 'answer.unreadable', 1 + RETRIES));
  test('says that the answer cannot be read when it is no UTF-8', () =>
    expectFault(
      { kind: 'body', body: Buffer.from('{"objects":["\xff"]}', 'latin1') },
      'answer.unreadable',
      1 + RETRIES,
    ));
  test('says that the answer cannot be read when it nests without end', () =>
    expectFault(
      { kind: 'body', body: `{"objects":[${'['.repeat(20_000)}` },
      'answer.unreadable',
      1 + RETRIES,
    ));
  test('does not follow a redirect to another host, and sends it nothing', async () => {
    await using other = await startPartner();
    await expectFault(
      { kind: 'redirect', location: `${other.apiRoot}collections/shared/objects/` },
      'redirect.refused',
      3,
    );
    assert.equal(other.requests.count, 0);
  });
  test('ends a loop of redirects', () =>
    expectFault(
      { kind: 'redirect', location: '/api/collections/shared/objects/?limit=10' },
      'redirect.refused',
      12,
    ));
  test('says that the partner is busy when 429 does not end, and comes back when it was told to', async () => {
    await using scene = await startScene(hub, { count: COUNT });
    scene.partner.behave({
      pageSize: PAGE,
      fault: nth('objects', 3, { kind: 'status', status: 429, retryAfter: '7200' }, 1000),
    });
    const run = await scene.run();
    await scene.expectFault(run, 'partner.busy');
    assert.equal(scene.partner.requests.of('objects').length, 3, 'so long a wait is for another run');
    const { retryAt = 0 } = await scene.readState();
    assert.ok(retryAt - run.endedAt >= 7_200_000_000, String(retryAt - run.endedAt));
    await scene.expectRecovery();
  });
  test('says that the partner is busy when 503 does not end', () =>
    expectFault({ kind: 'status', status: 503, html: true }, 'partner.busy', 1 + RETRIES));
  test('does not wait for ever for a Retry-After without bounds', async () => {
    await using scene = await startScene(hub, { count: COUNT });
    scene.partner.behave({
      pageSize: PAGE,
      fault: always('objects', { kind: 'status', status: 503, retryAfter: '99999999999999999999' }),
    });
    const run = await scene.run();
    await scene.expectFault(run, 'partner.busy');
    const { retryAt = 0 } = await scene.readState();
    assert.ok(retryAt - run.endedAt <= 8 * 24 * 3_600_000_000);
    await scene.expectRecovery();
  });
});

describe('a pull from a partner that fails once', () => {
  test('asks again after 503 as the partner says in seconds', async () => {
    const before = hub.waits.length;
    await expectRetry({ kind: 'status', status: 503, retryAfter: '1' });
    assert.ok(
      hub.waits.slice(before).some((ms) => ms >= 1000),
      'it has waited',
    );
  });
  test('asks again after 429 as the partner says by a date in the past', () =>
    expectRetry({ kind: 'status', status: 429, retryAfter: 'Wed, 21 Oct 2015 07:28:00 GMT' }));
  test('asks again after 503 with a Retry-After that says nothing', () =>
    expectRetry({ kind: 'status', status: 503, retryAfter: 'soon' }));
  test('asks again after 500', () => expectRetry({ kind: 'status', status: 500, html: true }));
  test('asks again after 502', () => expectRetry({ kind: 'status', status: 502, html: true }));
});

const VARIABLE = 'FAULTY_PARTNER_SECRET';

/** Puts a secret where the feed finds it. */
function withSecret(text: string, work: (secret: { readonly env: string }) => Promise<void>): Promise<void> {
  hub.env[VARIABLE] = text;
  return work({ env: VARIABLE });
}
