import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import type { FeedRequest, FeedService } from '../../../server/sync/feed-services.ts';
import { createFeedService } from '../../../server/sync/feeds.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { createFakeIds } from '../../support/fake-ids.ts';
import { MINUTE, SECOND, setStage, type ProcessOptions, type Stage } from './stage.ts';

const PULL: FeedRequest = {
  name: 'acme',
  url: 'https://taxii.example.org/taxii2/',
  collection: 'Indicators of influence',
  direction: 'pull',
  cron: '*/15 * * * *',
  auth: { kind: 'none' },
  org: 'facebook',
  allowPrivate: false,
};
const PUSH: FeedRequest = { ...PULL, name: 'out', direction: 'push', from: 'private' };

interface ServiceStage extends Stage {
  readonly service: FeedService;
}

async function setService(t: TestContext, options: ProcessOptions = {}): Promise<ServiceStage> {
  const stage = await setStage(t);
  const { runner } = stage.startProcess(options);
  const { store, clock } = stage.hub;
  return { ...stage, service: createFeedService({ store, clock, ids: createFakeIds(11), runner }) };
}

/** What is said to whoever asks for it. */
async function refusalOf(service: FeedService, request: FeedRequest): Promise<string> {
  try {
    await service.add(request);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'input.invalid');
    return error.detail ?? '';
  }
  assert.fail(`it was taken: ${JSON.stringify(request)}`);
}

type Change = Partial<FeedRequest>;

async function refuseAll(
  service: FeedService,
  base: FeedRequest,
  cases: readonly (readonly [Change, RegExp])[],
): Promise<void> {
  for (const [change, expected] of cases) {
    assert.match(await refusalOf(service, { ...base, ...change }), expected, JSON.stringify(change));
  }
}

describe('a feed that is added', () => {
  test('is stored as it was asked for, with our collection by its id', async (t) => {
    const { hub, service } = await setService(t);
    const policies = await hub.store.readPolicies();
    const idOf = (alias: string) => policies.find((each) => each.alias === alias)?.id;
    const pull = await service.add({
      ...PULL,
      defaults: { tlp: 'green' },
      match: { types: ['indicator', 'campaign', 'indicator'] },
      auth: { kind: 'basic', user: 'us' },
      secret: { env: 'ACME_PASSWORD' },
      since: 5,
    });
    assert.deepEqual(pull, {
      id: pull.id,
      name: 'acme',
      url: 'https://taxii.example.org/taxii2/',
      collection: 'Indicators of influence',
      direction: 'pull',
      cron: '*/15 * * * *',
      auth: { kind: 'basic', user: 'us' },
      secret: { env: 'ACME_PASSWORD' },
      org: 'facebook',
      match: { types: ['indicator', 'campaign'] },
      since: 5,
      allowPrivate: false,
      paused: false,
      createdAt: hub.clock.now(),
      into: idOf('intake'),
      defaults: { tlp: 'green' },
    });
    assert.deepEqual(await hub.store.findFeed('acme'), pull);
    const push = await service.add(PUSH);
    assert.ok(push.direction === 'push');
    assert.equal(push.from, idOf('private'));
    const byId = await service.add({ ...PUSH, name: 'by-id', from: push.from.toUpperCase() });
    assert.ok(byId.direction === 'push' && byId.from === push.from);
  });

  test('has a name that no other has', async (t) => {
    const { service } = await setService(t);
    await service.add(PULL);
    await assert.rejects(service.add(PULL), { code: 'feed.exists' });
    await refuseAll(service, PULL, [
      [{ name: '' }, /name of a feed/],
      [{ name: '-x' }, /name of a feed/],
      [{ name: 'a:b' }, /name of a feed/],
      [{ name: 'x'.repeat(129) }, /name of a feed/],
    ]);
  });

  test('has a URL over TLS without a secret in it, or a private one over HTTP when that is allowed', async (t) => {
    const { service } = await setService(t);
    await refuseAll(service, PULL, [
      [{ url: 'taxii.example.org' }, /such as https/],
      [{ url: 'ftp://taxii.example.org/' }, /such as https/],
      [{ url: `https://x/${'y'.repeat(2048)}` }, /such as https/],
      [{ url: 'https://us:hush@taxii.example.org/' }, /no name and no password/],
      [{ url: 'https://us@taxii.example.org/' }, /no name and no password/],
      [{ url: 'https://taxii.example.org/#api' }, /end before/],
      [{ url: 'https://taxii.example.org/?key=hush' }, /end before/],
      [{ url: 'http://taxii.example.org/' }, /Use https/],
      [
        { url: 'http://10.0.0.1/', allowPrivate: true, auth: { kind: 'cert' }, secret: { env: 'X' } },
        /certificate needs https/,
      ],
    ]);
    await service.add({ ...PULL, url: 'http://10.0.0.1/api', allowPrivate: true });
  });

  test('has a cron expression, a collection and types that mean something', async (t) => {
    const { service } = await setService(t);
    await refuseAll(service, PULL, [
      [{ cron: 'hourly' }, /cron expression "hourly" is not right/],
      [{ cron: '* * * * * *' }, /more often than every 10 seconds/],
      [{ cron: '0 0 30 2 *' }, /not right/],
      [{ collection: ' ' }, /partner's collection/],
      [{ collection: 'two\nlines' }, /partner's collection/],
      [{ match: { types: [] } }, /STIX types/],
      [{ match: { types: ['Indicator'] } }, /STIX types/],
      [{ since: Number.NaN }, /"since" is no time/],
      [{ caFile: 'ca.pem' }, /whole path/],
    ]);
  });

  test('names a secret exactly when it needs one, and never one of our own settings', async (t) => {
    const { service } = await setService(t);
    const secret = { env: 'ACME' };
    await refuseAll(service, PULL, [
      [{ secret }, /not how to use it/],
      [{ auth: { kind: 'bearer' } }, /Name the variable/],
      [{ auth: { kind: 'bearer' }, secret: { env: 'hush hush' } }, /not the secret/],
      [{ auth: { kind: 'bearer' }, secret: { env: '1ST' } }, /not the secret/],
      [{ auth: { kind: 'bearer' }, secret: { env: 'POLLWATCH_DATABASE_URL' } }, /our own settings/],
      [{ auth: { kind: 'bearer' }, secret: { env: 'pollwatch_database_url' } }, /our own settings/],
      [{ auth: { kind: 'bearer' }, secret: { file: './secret' } }, /whole path/],
      [{ auth: { kind: 'basic', user: 'a:b' }, secret }, /without a colon/],
      [{ auth: { kind: 'basic', user: '' }, secret }, /without a colon/],
      [{ auth: { kind: 'header', name: 'X Key' }, secret }, /name of a header/],
      [{ auth: { kind: 'header', name: 'Transfer-Encoding' }, secret }, /set by the connection/],
      [{ auth: { kind: 'header', name: 'HOST' }, secret }, /set by the connection/],
      [{ auth: { kind: 'header', name: 'accept' }, secret }, /set by the connection/],
    ]);
    assert.doesNotMatch(
      await refusalOf(service, { ...PULL, auth: { kind: 'bearer' }, secret: { env: 'hush hush' } }),
      /hush/,
    );
    await service.add({ ...PULL, auth: { kind: 'header', name: 'X-Api-Key' }, secret: { file: '/run/key' } });
  });

  test('has an organisation, and collections of ours that it may use', async (t) => {
    const { service } = await setService(t);
    await refuseAll(service, PULL, [
      [{ org: 'nobody' }, /There is no organisation "nobody"\. There are: .*"facebook"/],
      [{ into: 'nowhere' }, /There is no collection "nowhere"\. There are: .*"intake"/],
      [{ into: 'federal' }, /filled by the release rules/],
      [{ from: 'private' }, /"into" instead of "from"/],
    ]);
    await refuseAll(service, PUSH, [
      [{ from: undefined }, /A push needs "from"/],
      [{ from: 'intake' }, /takes objects and shows none/],
      [{ from: 'federal' }, /"facebook" may not read "federal"/],
      [{ into: 'intake' }, /"from" instead of "into"/],
      [{ defaults: { tlp: 'green' } }, /leave them out for a push/],
    ]);
  });

  test('writes to a plain collection with the right to, and without defaults that would be passed over', async (t) => {
    const { hub, service } = await setService(t);
    const policies = await hub.store.readPolicies();
    const plain = policies.find(({ release }) => release.policy === 'as-posted');
    assert.ok(plain);
    const change = (write: readonly string[]) =>
      hub.store.savePolicies(policies.map((each) => (each === plain ? { ...plain, write } : each)));
    await change(['org:fbi']);
    assert.match(
      await refusalOf(service, { ...PULL, into: plain.alias }),
      /"facebook" may not write to "reference"/,
    );
    await change(['org:facebook']);
    assert.match(
      await refusalOf(service, { ...PULL, into: plain.alias, defaults: { tlp: 'green' } }),
      /leave out TLP/,
    );
    const feed = await service.add({ ...PULL, into: plain.alias });
    assert.ok(feed.direction === 'pull' && feed.into === plain.id);
  });

  test('needs collections, which a server brings', async (t) => {
    const { hub, service } = await setService(t);
    await hub.store.savePolicies([]);
    assert.match(await refusalOf(service, PUSH), /start the server once/);
  });
});

describe('feeds', () => {
  test('are listed by name with how they stand', async (t) => {
    const { hub, service } = await setService(t);
    await service.add(PULL);
    const [first, second, ...others] = await service.list();
    assert.deepEqual([first?.feed.name, second?.feed.name, others], ['acme', 'partner', []]);
    assert.deepEqual([first?.state.failures, first?.rejects, first?.lastError], [0, 0, undefined]);
    assert.equal(first?.nextRunAt, hub.clock.now() + 15 * MINUTE);
  });

  test('are paused, resumed and removed by name', async (t) => {
    const { service } = await setService(t);
    await service.pause('partner');
    const paused = await service.show('partner');
    assert.deepEqual([paused.feed.paused, paused.nextRunAt], [true, undefined]);
    await service.resume('partner');
    assert.equal((await service.show('partner')).feed.paused, false);
    await service.remove('partner');
    assert.deepEqual(await service.list(), []);
  });

  test('that do not exist are not found, whatever is asked of them', async (t) => {
    const { service } = await setService(t);
    const { signal } = new AbortController();
    const asked = [
      service.show('x'),
      service.rejects('x', 1, 1),
      service.pause('x'),
      service.resume('x'),
      service.remove('x'),
      service.run('x', { signal }),
    ];
    await Promise.all(asked.map((each) => assert.rejects(each, { code: 'feed.not-found' })));
  });

  test('are not run from a time that no cursor can have, and stay as they were', async (t) => {
    const { hub, feed, service } = await setService(t);
    const { signal } = new AbortController();
    for (const since of [-1, 0.5, Number.NaN, 2 ** 53 - 1, 253_402_300_799_000_000]) {
      await assert.rejects(
        service.run('partner', { signal, since }),
        { code: 'input.invalid' },
        String(since),
      );
    }
    assert.equal(await hub.store.readFeedProgress(feed.id), undefined);
    for (const since of [0, 2 ** 53 - 2]) await service.run('partner', { signal, since });
  });

  test('are run on demand, also while paused, and show the last error and what was rejected', async (t) => {
    const reject = { key: 'a'.repeat(64), at: 1, reason: 'It is not right.' };
    const { hub, service } = await setService(t, {
      mover: async ({ save }) => {
        await save({}, { objects: 1, accepted: 0, known: 0, rejected: 1, pages: 1 }, [reject]);
        throw new PartnerFault('partner.busy', 'Later.');
      },
    });
    await service.pause('partner');
    const run = await service.run('partner', { signal: new AbortController().signal });
    assert.equal(run.result, 'failed');
    await service.resume('partner');
    const report = await service.show('partner');
    assert.deepEqual([report.lastError?.code, report.rejects], ['partner.busy', 1]);
    assert.equal(report.nextRunAt, hub.clock.now() + 30 * SECOND);
    assert.deepEqual(await service.rejects('partner', 10, 0), [reject]);
  });
});
