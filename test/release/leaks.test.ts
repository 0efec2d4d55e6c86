import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { openCore, startServer } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import {
  campaign,
  domain,
  identity,
  marked,
  MARKINGS,
  relationship,
  toTime,
  versioned,
} from '../support/marked-objects.ts';
import { toStixId } from '../support/publications.ts';
import { makeTestDatabase } from '../support/test-database.ts';
import type { TestUser } from '../support/test-directory.ts';
import { startTestServer, TAXII, type Answer, type TestServer } from '../support/test-server.ts';

const COLLECTIONS = join(findPackageRoot(), 'collections');
const SECRET = 'zebrafinch';
const SEEN_MS = 5000;
const FEDERAL = { ...marked('amber', 'federal'), description: SECRET };
const MAKER = toStixId('identity', 70);
const EXTENSION = toStixId('extension-definition', 71);

/** What everybody gets, in two uploads, so that pages and versions have something to say. */
const OPEN: readonly object[] = [
  campaign(1, marked('clear', 'all')),
  campaign(1, marked('clear', 'all'), 1),
  campaign(2, marked('clear', 'all')),
  domain(3, marked('clear', 'all')),
  relationship(4, campaign(1).id, campaign(2).id, marked('clear', 'all')),
];

/** What is for federal agencies alone: of every kind, and tied to what is open in every way. */
const HIDDEN: readonly object[] = [
  campaign(11, { ...FEDERAL, created_by_ref: MAKER, name: `${SECRET} at ${SECRET}.example` }),
  campaign(11, { ...FEDERAL, created_by_ref: MAKER }, 1),
  domain(12, { ...marked('amber', 'federal'), value: `${SECRET}.example` }),
  domain(3, { ...marked('amber', 'federal'), x_note: SECRET }),
  relationship(13, campaign(1).id, campaign(11).id, FEDERAL),
  relationship(14, domain(12).id, campaign(2).id, FEDERAL),
  versioned('note', 15, { ...FEDERAL, content: SECRET, object_refs: [campaign(1).id, campaign(11).id] }),
  versioned('report', 16, { ...FEDERAL, name: SECRET, published: toTime(0), object_refs: [campaign(2).id] }),
  versioned('language-content', 17, {
    ...marked('amber', 'federal'),
    object_ref: campaign(1).id,
    object_modified: toTime(1),
    contents: { de: { name: SECRET } },
  }),
  identity(MAKER, { ...marked('amber', 'federal'), name: SECRET }),
  versioned('extension-definition', 71, {
    ...marked('amber', 'federal'),
    name: SECRET,
    schema: SECRET,
    version: '1.0.0',
    extension_types: ['property-extension'],
    created_by_ref: MAKER,
  }),
  campaign(18, {
    ...FEDERAL,
    extensions: { [EXTENSION]: { extension_type: 'property-extension', remark: SECRET } },
  }),
  campaign(19, {
    ...marked('amber', 'all'),
    description: SECRET,
    object_marking_refs: [MARKINGS.red, MARKINGS.all],
  }),
  campaign(20, { ...marked('green', 'all'), name: SECRET, x_ref: campaign(11).id }),
  campaign(21, { ...marked('green', 'all'), name: SECRET, x_refs: campaign(11).id }),
];
const HIDDEN_IDS = [
  ...[11, 18, 19, 20, 21].map((n) => campaign(n).id),
  domain(12).id,
  ...[13, 14].map((n) => relationship(n, '', '').id),
  ...['note--15', 'report--16', 'language-content--17'].map((each) => {
    const [type = '', n = ''] = each.split('--');
    return toStixId(type, Number(n));
  }),
  MAKER,
  EXTENSION,
];

const AUDIENCES = ['federal', 'state', 'private', 'public'] as const;
const OUTSIDE = ['reader', 'other', 'outsider', 'nobody'] as const;
type Anybody = TestUser | 'nobody';

const at = (alias: string, tail = ''): string => `/feed/collections/${alias}/${tail}`;

/** Posts to intake a second after what was posted before, so that ticks follow the clock. */
async function post(
  server: TestServer,
  objects: readonly object[],
  as: TestUser = 'writer',
): Promise<Answer> {
  server.clock.advance(1_000_000);
  if (objects.length === 0) return server.get('/taxii2/');
  const answer = await server.post(at('intake'), objects, { as });
  assert.equal(answer.status, 202, answer.text);
  return answer;
}

/** Everything that somebody can ask for, as method and path. */
function questions(): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [
    ['GET', '/taxii2/'],
    ['GET', '/feed/'],
    ['GET', '/feed/collections/'],
  ];
  const queries = [
    '',
    '?match[version]=all',
    '?match[version]=first',
    '?limit=1',
    '?limit=2&match[version]=all',
  ];
  const filters = [
    ...['campaign', 'note', 'identity', 'extension-definition', 'language-content'].map(
      (type) => `?match[type]=${type}`,
    ),
    `?match[id]=${HIDDEN_IDS.join(',')}&match[version]=all`,
    `?match[version]=${toTime(0)},${toTime(1)}`,
    '?added_after=2018-08-24T18:00:00.000Z',
    '?match[spec_version]=2.1&match[type]=domain-name',
  ];
  for (const alias of [...AUDIENCES, 'intake', 'reference']) {
    found.push(['GET', at(alias)]);
    for (const list of ['objects/', 'manifest/']) {
      for (const query of [...queries, ...filters]) found.push(['GET', at(alias, list + query)]);
      found.push(['HEAD', at(alias, list)]);
    }
    for (const id of [...HIDDEN_IDS, campaign(1).id, domain(3).id, campaign(99).id]) {
      const object = `objects/${id}/`;
      for (const tail of ['', '?match[version]=all', `?match[version]=${toTime(1)}`, 'versions/']) {
        found.push(['GET', at(alias, object + tail)]);
      }
      found.push(['HEAD', at(alias, object)], ['DELETE', at(alias, object)]);
    }
  }
  return found;
}

const TOLD = [
  'etag',
  'content-length',
  'x-taxii-date-added-first',
  'x-taxii-date-added-last',
  'allow',
] as const;

/** An answer without what is random in it: the id of the request, the MAC of a cursor, the port. */
function transcribe(server: TestServer, answer: Answer): string {
  const told = TOLD.map((name) => `${name}=${String(answer.headers[name] ?? '')}`);
  const text = answer.text
    .replaceAll(/"(error_id|id)":"[0-9a-f]{8}-[0-9a-f-]{27}"/g, '"$1":""')
    .replaceAll(/"next":"[^"]+\.[^"]+"/g, '"next":""')
    .replaceAll(server.url, '');
  return [
    answer.status,
    ...told.filter((each) => !each.startsWith('content-length') || answer.status === 200),
    text,
  ].join('|');
}

async function ask(server: TestServer, as: Anybody): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const [method, path] of questions()) {
    const answer = await server.send(method, path, { as });
    // Bodies differ in length by the port alone where they hold the URL.
    const length =
      path === '/taxii2/' ? { ...answer, headers: { ...answer.headers, 'content-length': '' } } : answer;
    answers.push(`${method} ${path} ${transcribe(server, length)}`);
    assert.ok(!answer.text.includes(SECRET), `${as} ${method} ${path}`);
  }
  return answers;
}

describe('what is for federal agencies alone (design, invariant 1; release rules, 6)', () => {
  let server: TestServer;
  let twin: TestServer;
  before(async () => {
    server = await startTestServer({}, COLLECTIONS);
    twin = await startTestServer({}, COLLECTIONS);
    for (const [each, hidden] of [
      [server, HIDDEN],
      [twin, []],
    ] as const) {
      await post(each, OPEN.slice(0, 3));
      await post(each, hidden);
      await post(each, OPEN.slice(3));
    }
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await twin[Symbol.asyncDispose]();
  });

  test('is served to the hub, so that the other tests can fail', async () => {
    const answer = await server.get(at('federal', 'objects/?match[version]=all'));
    for (const id of [campaign(11).id, domain(12).id, MAKER, EXTENSION, relationship(13, '', '').id]) {
      assert.ok(answer.text.includes(`"${id}"`), id);
    }
    assert.ok(answer.text.includes(SECRET));
  });

  test('leaves no trace in any answer to anybody else: every byte is as if it had never been sent', async () => {
    for (const as of OUTSIDE) {
      assert.deepEqual(await ask(server, as), await ask(twin, as), as);
    }
  });

  test('leaves no trace in a compressed answer or in one that was not modified', async () => {
    for (const [alias, as] of [
      ['state', 'reader'],
      ['private', 'other'],
      ['public', 'outsider'],
    ] as const) {
      const path = at(alias, 'objects/?match[version]=all');
      const headers = { 'Accept-Encoding': 'gzip' };
      const [zipped, plain] = [await server.get(path, { as, headers }), await twin.get(path, { as })];
      assert.equal(zipped.headers['content-encoding'], 'gzip');
      assert.equal(gunzipSync(zipped.bytes).toString(), plain.text);
      const etag = String(plain.headers.etag);
      assert.equal((await server.get(path, { as, headers: { 'If-None-Match': etag } })).status, 304);
    }
  });

  test('cannot be had by the ETag of a collection that shows it, whoever held it', async () => {
    const path = 'objects/?match[version]=all';
    const held = String((await server.get(at('federal', path))).headers.etag);
    const headers = { 'If-None-Match': held };
    assert.equal((await server.get(at('federal', path), { headers })).status, 304);
    assert.equal((await server.get(at('state', path), { as: 'reader', headers })).status, 200);
    assert.equal((await server.get(at('federal', path), { as: 'reader', headers })).status, 404);
    assert.equal((await server.get(at('federal', path), { as: 'nobody', headers })).status, 401);
    assert.equal(
      (await server.get(at('federal', path), { as: 'reader', headers: { 'If-None-Match': '*' } })).status,
      404,
    );
  });

  test('cannot be had by a cursor of a collection that shows it', async () => {
    const { next = '' } = (await server.get(at('federal', 'objects/?limit=1'))).resource();
    assert.ok(next !== '');
    const query = `objects/?next=${encodeURIComponent(next)}`;
    assert.equal((await server.get(at('federal', query))).status, 200);
    assert.equal((await server.get(at('federal', query), { as: 'reader' })).status, 404);
    for (const alias of ['state', 'public']) {
      const refused = await server.get(at(alias, query), { as: 'reader' });
      assert.equal(refused.status, 400);
      assert.ok(!refused.text.includes(next));
    }
    assert.equal(
      (await server.get(at('state', query.replace('objects', 'manifest')), { as: 'reader' })).status,
      400,
    );
  });

  test('is in no status of others, and a status of others answers as one that never was', async () => {
    const posted = await post(server, [campaign(30, FEDERAL)]);
    const id = posted.resource().id ?? '';
    assert.equal((await server.get(`/feed/status/${id}/`)).status, 200);
    const bodies = new Set<string>();
    for (const status of [id, '00000000-0000-4000-8000-000000000000']) {
      for (const as of ['reader', 'other', 'outsider'] as const) {
        bodies.add(transcribe(server, await server.get(`/feed/status/${status}/`, { as })));
      }
    }
    assert.equal(bodies.size, 1);
    await post(twin, [campaign(30, FEDERAL)]);
  });

  test('answers a guess at it as a guess at nothing, but for the one neutral sentence about a random id', async () => {
    const guess = async (each: TestServer): Promise<readonly string[]> => {
      const answers: string[] = [];
      for (const objects of [
        [domain(12, marked('green', 'private'))],
        [domain(12, { ...marked('green', 'private'), value: 'other.example' })],
        [
          campaign(40, marked('green', 'private')),
          relationship(41, campaign(40).id, domain(12).id, marked('green', 'private')),
        ],
        [{ ...campaign(42), object_marking_refs: 'x' }],
      ]) {
        answers.push(transcribe(each, await post(each, objects, 'other')));
      }
      const { text } = await each.get(at('private', 'objects/?match[version]=all'), { as: 'other' });
      assert.ok(!text.includes(SECRET));
      return answers;
    };
    assert.deepEqual(await guess(server), await guess(twin));
    const foreign = await post(server, [campaign(11, FEDERAL), campaign(11, FEDERAL, 7)], 'other');
    const messages = foreign.resource().failures?.map(({ message }) => message);
    assert.deepEqual(new Set(messages), new Set(['this id cannot be used by your organisation']));
  });

  test('is not in the log, and no credential is (release rules, 6)', () => {
    const log = server.log.join('\n');
    assert.ok(
      log.includes('"path":"/feed/collections/federal/objects/"') ||
        log.includes('/feed/collections/federal/'),
    );
    for (const word of [SECRET, server.tokenOf('writer'), server.tokenOf('other')])
      assert.ok(!log.includes(word));
  });
});

describe('date_added (release rules, 6)', () => {
  test('is the date of that collection, never of intake or of another collection', async () => {
    await using server = await startTestServer({}, COLLECTIONS);
    const object = campaign(1, marked('green', 'all'));
    const dateIn = async (alias: string): Promise<string | undefined> =>
      (await server.get(at(alias, `manifest/?match[id]=${object.id}`))).resource().objects?.[0]?.date_added;
    server.clock.advance(1_000_000);
    await server.post(at('federal'), [object]);
    server.clock.advance(60_000_000);
    await server.post(at('state'), [object]);
    server.clock.advance(60_000_000);
    await server.post(at('intake'), [object]);
    const dates = [await dateIn('federal'), await dateIn('state'), await dateIn('private')];
    const minutes = dates.map((date) => Date.parse(date ?? '') / 60_000);
    assert.deepEqual(
      minutes.map((minute) => Math.floor(minute - (minutes[0] ?? 0))),
      [0, 1, 2],
    );
    const { headers } = await server.get(at('state', 'objects/'), { as: 'reader' });
    assert.equal(headers['x-taxii-date-added-last'], dates[1]);
  });
});

/** Two servers over one database; the second has a clock of its own. */
async function startPair(): Promise<{
  first: TestServer;
  poll: Poll;
  clock: { advance: (micros: number) => void };
  close: () => Promise<void>;
}> {
  const database = await makeTestDatabase();
  const first = await startTestServer({ DATABASE_URL: database.url }, COLLECTIONS);
  const settings = loadSettings({
    POLLWATCH_PORT: '0',
    POLLWATCH_DATABASE_URL: database.url,
    POLLWATCH_COLLECTIONS_DIR: COLLECTIONS,
  });
  const clock = createFakeClock(first.clock.now());
  const core = await openCore(settings, clock);
  const quiet = (): void => undefined;
  const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  const second = await startServer(settings, core, silent, clock);
  return {
    first,
    clock,
    async poll(path, as) {
      const headers = { Accept: TAXII, Authorization: `Bearer ${first.tokenOf(as)}` };
      const answer = await fetch(second.url + path, { headers });
      return { status: answer.status, text: await answer.text() };
    },
    async close() {
      await second.close();
      await core.close();
      await first[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

type Poll = (path: string, as: TestUser) => Promise<{ readonly status: number; readonly text: string }>;

describe('what is withdrawn, and who may no longer ask (release rules, 5 and 6)', () => {
  let pair: Awaited<ReturnType<typeof startPair>>;
  before(async () => {
    pair = await startPair();
  });
  after(() => pair.close());

  /** The paths of all endpoints that could show the object, with what each answers when it is not there. */
  const paths = (id: string): readonly (readonly [string, number])[] => [
    [at('state', 'objects/'), 200],
    [at('state', 'objects/?match[version]=all'), 200],
    [at('state', `objects/?match[id]=${id}`), 200],
    [at('state', 'manifest/?match[version]=all'), 200],
    [at('state', `objects/${id}/`), 404],
    [at('state', `objects/${id}/?match[version]=all`), 404],
    [at('state', `objects/${id}/?match[version]=${toTime(0)}`), 404],
    [at('state', `objects/${id}/versions/`), 404],
  ];

  /** Within the time in which every server goes by a commit of another one; what is withdrawn has no such time. */
  async function untilShown(id: string): Promise<void> {
    const deadline = performance.now() + SEEN_MS;
    const path = at('state', `objects/?match[id]=${id}&match[version]=all`);
    while (!(await pair.poll(path, 'reader')).text.includes(id)) {
      assert.ok(performance.now() < deadline, `the other server does not show ${id}`);
      await delay(10);
    }
  }

  async function checkShown(id: string, isShown: boolean): Promise<void> {
    if (isShown) await untilShown(id);
    for (const [path, without] of paths(id)) {
      const options = { as: 'reader' } as const;
      const zipped = await pair.first.get(path, { ...options, headers: { 'Accept-Encoding': 'gzip' } });
      const bytes = zipped.headers['content-encoding'] === 'gzip' ? gunzipSync(zipped.bytes) : zipped.bytes;
      for (const { status, text } of [
        await pair.first.get(path, options),
        { status: zipped.status, text: bytes.toString() },
        await pair.poll(path, 'reader'),
      ]) {
        assert.equal(status, isShown ? 200 : without, path);
        const tells = path.endsWith('versions/') ? status === 200 : text.includes(id);
        assert.equal(tells, isShown, `${path} ${text}`);
      }
    }
  }

  test('a DELETE takes the object off every endpoint at once, also off kept pages and on another server', async () => {
    await post(pair.first, [campaign(1, marked('clear', 'all')), campaign(2, marked('clear', 'all'))]);
    const id = campaign(1).id;
    await checkShown(id, true);
    const { headers } = await pair.first.get(at('state', 'objects/'), { as: 'reader' });
    assert.equal((await pair.first.send('DELETE', at('state', `objects/${id}/`))).status, 200);
    await checkShown(id, false);
    await checkShown(campaign(2).id, true);
    const again = await pair.first.get(at('state', 'objects/'), {
      as: 'reader',
      headers: { 'If-None-Match': String(headers.etag) },
    });
    assert.equal(again.status, 200, 'what it held is no longer what is served');
  });

  test('a later version for fewer takes the earlier ones off every endpoint at once', async () => {
    const id = campaign(3).id;
    await post(pair.first, [campaign(3, marked('clear', 'all'))]);
    await checkShown(id, true);
    await post(pair.first, [campaign(3, FEDERAL, 1)]);
    await checkShown(id, false);
  });

  test('a relationship goes with the end that turns out to be RED', async () => {
    const pairId = relationship(5, campaign(2).id, campaign(6).id).id;
    await post(pair.first, [campaign(6, marked('clear', 'all'))]);
    await post(pair.first, [relationship(5, campaign(2).id, campaign(6).id, marked('clear', 'all'))]);
    await checkShown(pairId, true);
    await post(pair.first, [campaign(6, marked('red', 'all'), 1)]);
    await checkShown(pairId, false);
  });

  test('a cursor that was given before goes on without what was withdrawn since', async () => {
    await post(pair.first, [campaign(7, marked('clear', 'all')), campaign(8, marked('clear', 'all'))]);
    const page = await pair.first.get(at('state', 'objects/?limit=1'), { as: 'reader' });
    assert.equal((await pair.first.send('DELETE', at('state', `objects/${campaign(8).id}/`))).status, 200);
    const next = encodeURIComponent(page.resource().next ?? '');
    const rest = await pair.poll(at('state', `objects/?limit=1000&next=${next}`), 'reader');
    assert.equal(rest.status, 200);
    assert.ok(rest.text.includes(campaign(7).id) && !rest.text.includes(campaign(8).id));
  });

  test('a revoked token and a disabled user get no kept page: at once on that server, within 5 s on others', async () => {
    const path = at('state', 'objects/');
    const { store } = pair.first.core;
    for (const as of ['reader', 'outsider'] as const) {
      assert.equal((await pair.first.get(path, { as })).status, 200);
      assert.equal((await pair.poll(path, as)).status, 200);
    }
    const [token] = (await store.listTokens()).filter(({ user }) => user === 'reader');
    assert.ok(token && (await store.revokeToken(token.id)));
    await store.disableUser('outsider');
    for (const as of ['reader', 'outsider'] as const) {
      assert.equal((await pair.first.get(path, { as })).status, 401, as);
    }
    pair.clock.advance(5_000_000);
    for (const as of ['reader', 'outsider'] as const)
      assert.equal((await pair.poll(path, as)).status, 401, as);
  });
});
