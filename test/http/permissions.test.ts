import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CHALLENGES } from '../../server/auth/authenticate.ts';
import {
  startTestServer,
  TAXII,
  TEST_PASSWORD,
  type Answer,
  type SendOptions,
  type TestServer,
} from '../support/test-server.ts';
import { toCollectionId } from '../support/test-directory.ts';
import { campaign, toStixId } from './stix-samples.ts';
import { itemsOf } from './walk.ts';

const one = toStixId('campaign', 1);

/** Every endpoint, with the letters of the table of endpoints. */
const ENDPOINTS: readonly (readonly [string, string, string])[] = [
  ['D', 'GET', '/taxii2/'],
  ['R', 'GET', '/feed/'],
  ['T', 'GET', '/feed/status/378e5de7-84a4-45e4-8a34-c02a43d0b657/'],
  ['C', 'GET', '/feed/collections/'],
  ['c', 'GET', '/feed/collections/board/'],
  ['M', 'GET', '/feed/collections/board/manifest/'],
  ['O', 'GET', '/feed/collections/board/objects/'],
  ['P', 'POST', '/feed/collections/board/objects/'],
  ['G', 'GET', `/feed/collections/board/objects/${one}/`],
  ['X', 'DELETE', `/feed/collections/board/objects/${one}/`],
  ['V', 'GET', `/feed/collections/board/objects/${one}/versions/`],
];

describe('credentials (TAXII 2.1, 1.6.9)', () => {
  let server: TestServer;
  before(async () => {
    // A root where nothing is open: `archive`. In `feed`, discovery and the lists are open because one collection is.
    server = await startTestServer({ LOGIN_ATTEMPTS: '10000' });
    await server.post('/feed/collections/board/', [campaign(1)]);
    await server.post('/archive/collections/attic/', [campaign(1)]);
  });
  after(() => server[Symbol.asyncDispose]());

  const challenges = ({ distinct }: Answer): readonly string[] => distinct['www-authenticate'] ?? [];
  const basic = (text: string, scheme = 'Basic'): string =>
    `${scheme} ${Buffer.from(text).toString('base64')}`;
  const withHeader = (path: string, authorization: string): Promise<Answer> =>
    server.get(path, { as: 'nobody', headers: { Authorization: authorization } });

  test('without credentials every endpoint that is not open is 401 with three challenges and an error message (TAXII 2.1, 1.6.9)', async () => {
    assert.deepEqual(
      [...CHALLENGES],
      ['Basic realm="taxii", charset="UTF-8"', 'Bearer realm="taxii"', 'Token realm="taxii"'],
    );
    const closed = ENDPOINTS.filter(([letter]) => !'DRC'.includes(letter));
    const archive = [
      ['R', 'GET', '/archive/'],
      ['C', 'GET', '/archive/collections/'],
      ['O', 'GET', '/archive/collections/attic/objects/'],
      ['O', 'GET', '/archive/collections/none/objects/'],
    ] as const;
    for (const [letter, method, path] of [...closed, ...archive]) {
      const answer = await server.send(method, path, { as: 'nobody' });
      assert.equal(answer.status, 401, `${letter} ${path}`);
      assert.deepEqual(challenges(answer), [...CHALLENGES], letter);
      assert.equal(answer.resource()['title'], 'Unauthorized');
    }
  });

  test('wrong credentials are 401 with the challenges on every endpoint, open ones too (TAXII 2.1, 1.6.9)', async () => {
    const open = ['O', 'GET', '/feed/collections/open/objects/'] as const;
    for (const [letter, method, path] of [...ENDPOINTS, open]) {
      const answer = await server.send(method, path, {
        as: 'nobody',
        headers: { Authorization: basic('writer:wrong') },
      });
      assert.equal(answer.status, 401, letter);
      assert.deepEqual(challenges(answer), [...CHALLENGES], letter);
      assert.equal(answer.resource()['error_code'], 'auth.invalid');
    }
  });

  test('malformed credentials and unknown schemes are 401 (RFC 9110, 11.6.2)', async () => {
    const token = server.tokenOf('writer');
    for (const header of [
      'Basic',
      'Basic ',
      'Basic !!!',
      basic('no-colon'),
      basic(':'),
      `Digest username="writer"`,
      'Bearer',
      `Bearer ${token}x`,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token} ${token}`,
      token,
      basic(`reader:${token}`),
      'x'.repeat(9000),
    ]) {
      assert.equal((await withHeader('/feed/collections/board/', header)).status, 401, header.slice(0, 50));
    }
  });

  test('Bearer, Token, and Basic with a password or a token, are taken in any case of the scheme (TAXII 2.1, 1.6.9)', async () => {
    const token = server.tokenOf('writer');
    for (const header of [
      `Bearer ${token}`,
      `bearer ${token}`,
      `Token ${token}`,
      `TOKEN ${token}`,
      basic(`writer:${token}`),
      basic(`writer:${token}`, 'basic'),
      basic(`writer:${token}`, 'BASIC'),
      basic(`writer:${TEST_PASSWORD}`),
      basic(`writer:${TEST_PASSWORD}`, 'basic'),
    ]) {
      for (const path of ['/taxii2/', '/feed/collections/board/objects/']) {
        assert.equal((await withHeader(path, header)).status, 200, header.slice(0, 10));
      }
    }
  });

  test('a missing User-Agent is no reason to refuse (TAXII 2.1, 1.6)', async () => {
    assert.equal((await server.get('/taxii2/', { headers: { 'User-Agent': undefined } })).status, 200);
  });

  test('a collection that is open to anonymous callers is read without credentials, and only read (design, 3)', async () => {
    const open = '/feed/collections/open/';
    await server.post(open, [campaign(1)]);
    const as = 'nobody' as const;
    for (const path of ['', 'objects/', 'manifest/', `objects/${one}/`, `objects/${one}/versions/`]) {
      assert.equal((await server.get(open + path, { as })).status, 200, path);
    }
    const { collections = [] } = (await server.get('/feed/collections/', { as })).resource();
    assert.deepEqual(
      collections.map(({ id, can_read, can_write }) => [id, can_read, can_write]),
      [[toCollectionId(5), true, false]],
    );
    assert.deepEqual((await server.get('/taxii2/', { as })).resource()['api_roots'], [`${server.url}/feed/`]);
    assert.equal((await server.post(open, [campaign(2)], { as })).status, 403);
    assert.equal((await server.send('DELETE', `${open}objects/${one}/`, { as })).status, 403);
    assert.equal(itemsOf(await server.get(`${open}objects/`, { as: 'outsider' })).length, 1);
  });

  test('credentials are never written to the log, and neither is what was sent (design, 4)', async () => {
    const secret = 'correct-horse-battery';
    await withHeader('/feed/', basic(`writer:${secret}`));
    await server.post('/feed/collections/board/', [campaign(3, 0, { name: secret })]);
    const log = server.log.join('\n');
    assert.match(log, /"path":"\/feed\/"/);
    for (const text of [secret, basic(`writer:${secret}`), server.tokenOf('writer')])
      assert.ok(!log.includes(text));
  });
});

describe('rights (TAXII 2.1, 5; the matrix of 403 and 404)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    const seeds = [
      ['board', 'writer'],
      ['notices', 'other'],
      ['dropbox', 'writer'],
      ['vault', 'other'],
    ] as const;
    for (const [alias, as] of seeds) {
      assert.equal(
        (await server.post(`/feed/collections/${alias}/`, [campaign(1), campaign(2)], { as })).status,
        202,
      );
    }
  });
  after(() => server[Symbol.asyncDispose]());

  /** The statuses of c M O G V P X, in this order. */
  const statuses = async (collection: string, options: SendOptions = {}): Promise<readonly number[]> => {
    const path = `/feed/collections/${collection}/`;
    const found: number[] = [];
    for (const tail of ['', 'manifest/', 'objects/', `objects/${one}/`, `objects/${one}/versions/`]) {
      found.push((await server.get(path + tail, options)).status);
    }
    found.push((await server.post(path, [campaign(2)], options)).status);
    found.push((await server.send('DELETE', `${path}objects/${toStixId('campaign', 2)}/`, options)).status);
    return found;
  };

  test('who may read and write does both, and deletes (TAXII 2.1, 5.3 to 5.8)', async () => {
    assert.deepEqual(await statuses('board'), [200, 200, 200, 200, 200, 202, 200]);
  });

  test('a collection that can only be read is 403 for writing and deleting (TAXII 2.1, 5.5 and 5.7; interoperability 3.5.2.2)', async () => {
    assert.deepEqual(await statuses('notices'), [200, 200, 200, 200, 200, 403, 403]);
  });

  test('a collection that can only be written is 403 for reading and deleting (TAXII 2.1, 5.4 and 5.7; interoperability 3.5.2.1)', async () => {
    assert.deepEqual(await statuses('dropbox'), [200, 403, 403, 403, 403, 202, 403]);
  });

  test('a collection without any right is 404 for everything, as if it were not there (TAXII 2.1, 5; interoperability 3.5.2.4)', async () => {
    const nothing = [404, 404, 404, 404, 404, 404, 404];
    for (const name of ['vault', toCollectionId(2), 'no-such-collection', toCollectionId(999)]) {
      assert.deepEqual(await statuses(name), nothing, name);
    }
  });

  test('a hidden collection answers exactly as one that does not exist (TAXII 2.1, appendix B)', async () => {
    const bodies = new Set<string>();
    for (const name of ['vault', 'no-such-collection']) {
      for (const method of ['GET', 'POST']) {
        const answer = await server.send(method, `/feed/collections/${name}/objects/`, {
          headers: { 'Content-Type': 'a/b' },
        });
        const { error_id: _, ...rest } = answer.resource();
        bodies.add(JSON.stringify([answer.status, rest]));
      }
    }
    assert.equal(bodies.size, 1);
  });

  test('the refused changed nothing (TAXII 2.1, 5.5 and 5.7)', async () => {
    for (const [alias, as] of [
      ['notices', 'other'],
      ['vault', 'other'],
      ['dropbox', 'reader'],
    ] as const) {
      assert.equal(itemsOf(await server.get(`/feed/collections/${alias}/objects/`, { as })).length, 2, alias);
    }
  });

  test('failures come in the order route, method, credentials, collection, right, Accept, Content-Type, size, body (design, 3)', async () => {
    const bad = { Accept: 'text/html', 'Content-Type': 'text/plain' };
    const big = { 'Content-Length': '99999999', Connection: 'close' };
    const rows: readonly (readonly [number, string, string, SendOptions])[] = [
      [404, 'PUT', '/feed/nowhere/', { as: 'nobody', headers: bad }],
      [405, 'PUT', '/feed/collections/vault/objects/', { as: 'nobody', headers: bad }],
      [401, 'POST', '/feed/collections/vault/objects/', { as: 'nobody', headers: bad }],
      [404, 'POST', '/feed/collections/vault/objects/', { headers: bad }],
      [403, 'POST', '/feed/collections/notices/objects/', { headers: bad }],
      [406, 'POST', '/feed/collections/board/objects/', { headers: bad }],
      [
        415,
        'POST',
        '/feed/collections/board/objects/',
        { headers: { 'Content-Type': 'text/plain', ...big } },
      ],
      [413, 'POST', '/feed/collections/board/objects/', { headers: { 'Content-Type': TAXII, ...big } }],
      [400, 'POST', '/feed/collections/board/objects/', { headers: { 'Content-Type': TAXII }, body: '{' }],
      [422, 'POST', '/feed/collections/board/objects/', { headers: { 'Content-Type': TAXII }, body: '{}' }],
      [403, 'GET', '/feed/collections/dropbox/objects/?limit=0', { headers: bad }],
      [406, 'GET', '/feed/collections/board/objects/?limit=0', { headers: bad }],
      [400, 'GET', `/feed/collections/board/objects/${toStixId('campaign', 99)}/?limit=0`, {}],
    ];
    for (const [status, method, path, options] of rows) {
      const sent = options.headers?.['Content-Length'] === undefined ? options : { ...options, body: '{' };
      assert.equal((await server.send(method, path, sent)).status, status, `${method} ${path} ${status}`);
    }
  });
});
