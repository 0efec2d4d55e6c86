import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestServer, TAXII, type Resource, type TestServer } from '../support/test-server.ts';
import { TEST_COLLECTIONS, toCollectionId } from '../support/test-directory.ts';

const byAlias = ({ collections = [] }: Resource): ReadonlyMap<unknown, Resource> =>
  new Map(collections.map((each) => [each['alias'], each]));

describe('discovery, API roots and collections (TAXII 2.1, 4 and 5.1)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      PUBLIC_URL: 'https://feeds.example',
      TITLE: 'Test hub',
      DESCRIPTION: 'A hub for tests.',
      CONTACT: 'hub@feeds.example',
    });
  });
  after(() => server[Symbol.asyncDispose]());

  test('discovery has a title, a default that is one of its API roots, and absolute URLs that end in a slash (TAXII 2.1, 4.1.1)', async () => {
    const answer = await server.get('/taxii2/');
    assert.equal(answer.status, 200);
    const roots = ['https://feeds.example/archive/', 'https://feeds.example/feed/'];
    const { api_roots, ...rest } = answer.resource();
    assert.ok(Array.isArray(api_roots));
    assert.deepEqual(api_roots.toSorted(), roots);
    assert.ok(api_roots.includes(rest['default']));
    assert.equal(rest['title'], 'Test hub');
    assert.equal(rest['description'], 'A hub for tests.');
    assert.equal(rest['contact'], 'hub@feeds.example');
  });

  test('discovery never takes its URLs from a Host header (design, 3)', async () => {
    const answer = await server.get('/taxii2/', {
      headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
    });
    assert.equal(answer.status, 200);
    assert.doesNotMatch(answer.text, /evil/);
  });

  test('discovery lists only the API roots in which the caller sees a collection (TAXII 2.1, 4.1.1)', async () => {
    const answer = await server.get('/taxii2/', { as: 'reader' });
    assert.deepEqual(answer.resource()['api_roots'], ['https://feeds.example/feed/']);
    assert.equal(answer.resource()['default'], 'https://feeds.example/feed/');
  });

  test('an API root names the literal version and how long a body may be (TAXII 2.1, 4.2.1)', async () => {
    const titles = new Set<unknown>();
    for (const root of ['/feed/', '/archive/']) {
      const answer = await server.get(root);
      assert.equal(answer.status, 200);
      const { title, versions, max_content_length } = answer.resource();
      titles.add(title);
      assert.deepEqual(versions, [TAXII]);
      assert.equal(max_content_length, 10_485_760);
    }
    assert.equal(titles.size, 2);
  });

  test('an unknown API root is 404 (TAXII 2.1, 4.2)', async () => {
    for (const path of ['/nowhere/', '/nowhere/collections/', '/taxii2/feed/', '/FEED/']) {
      assert.equal((await server.get(path)).status, 404, path);
    }
  });

  test('collections come in the order of their ids, the same on every request (TAXII 2.1, 3.3; interoperability 2.1.7)', async () => {
    const answer = await server.get('/feed/collections/');
    assert.equal(answer.status, 200);
    const ids = (answer.resource().collections ?? []).map(({ id }) => id);
    const wanted = TEST_COLLECTIONS.filter(({ alias }) => alias !== 'vault' && alias !== 'attic').map(
      ({ id }) => id,
    );
    assert.deepEqual(ids, wanted.toSorted());
    assert.equal((await server.get('/feed/collections/')).text, answer.text);
  });

  test('a collection tells each caller their own rights (TAXII 2.1, 5.2.1)', async () => {
    const rights = async (as: 'writer' | 'reader' | 'other'): Promise<readonly string[]> => {
      const listed = byAlias((await server.get('/feed/collections/', { as })).resource());
      return ['board', 'notices', 'dropbox', 'vault'].map((alias) => {
        const { can_read, can_write } = listed.get(alias) ?? {};
        return `${alias} ${String(can_read)} ${String(can_write)}`;
      });
    };
    assert.deepEqual(await rights('writer'), [
      'board true true',
      'notices true false',
      'dropbox false true',
      'vault undefined undefined',
    ]);
    assert.deepEqual(await rights('reader'), [
      'board true false',
      'notices true false',
      'dropbox true false',
      'vault undefined undefined',
    ]);
    assert.deepEqual(await rights('other'), [
      'board true true',
      'notices true true',
      'dropbox undefined undefined',
      'vault true true',
    ]);
  });

  test('a collection has all that the specification requires, and lists the STIX versions that it can hold (TAXII 2.1, 5.2.1)', async () => {
    const listed = byAlias((await server.get('/feed/collections/')).resource());
    assert.deepEqual(listed.get('board'), {
      id: toCollectionId(9),
      title: 'Test: board',
      description: 'Both rights.',
      alias: 'board',
      can_read: true,
      can_write: true,
      media_types: ['application/stix+json;version=2.1'],
    });
    assert.deepEqual(listed.get('mixed')?.['media_types'], [
      'application/stix+json;version=2.0',
      'application/stix+json;version=2.1',
    ]);
  });

  test('a collection is found by its id and by its alias alike (TAXII 2.1, 5.2)', async () => {
    const byId = await server.get(`/feed/collections/${toCollectionId(9)}/`);
    assert.equal(byId.status, 200);
    assert.equal(byId.resource().id, toCollectionId(9));
    assert.equal((await server.get('/feed/collections/board/')).text, byId.text);
    for (const tail of ['objects/', 'manifest/']) {
      const path = `/feed/collections/${toCollectionId(9)}/${tail}`;
      assert.equal((await server.get(path)).text, (await server.get(`/feed/collections/board/${tail}`)).text);
    }
  });

  test('a collection of another API root is 404 (TAXII 2.1, 5.2)', async () => {
    for (const name of ['attic', toCollectionId(6)]) {
      assert.equal((await server.get(`/feed/collections/${name}/`)).status, 404);
      assert.equal((await server.get(`/archive/collections/${name}/`)).status, 200);
    }
  });

  test('a caller who sees no collection gets an empty object, not an empty list (TAXII 2.1, 2 and 5.1.1)', async () => {
    const answer = await server.get('/archive/collections/', { as: 'outsider' });
    // Nothing in this root is open, and the caller is signed in.
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{}');
  });
});

describe('the collections as shipped (design, 3)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({}, fileURLToPath(new URL('../../collections', import.meta.url)));
  });
  after(() => server[Symbol.asyncDispose]());

  test('the shipped collections are shown by who may read or write them (design, 3)', async () => {
    const seen = async (as: 'writer' | 'reader' | 'other'): Promise<readonly unknown[]> =>
      [...byAlias((await server.get('/feed/collections/', { as })).resource()).keys()].toSorted();
    assert.deepEqual(await seen('writer'), ['federal', 'intake', 'private', 'public', 'reference', 'state']);
    assert.deepEqual(await seen('reader'), ['public', 'reference', 'state']);
    assert.deepEqual(await seen('other'), ['intake', 'private', 'public', 'reference']);
  });

  test('an intake collection can be written and never be read (design, 3)', async () => {
    const answer = await server.get('/feed/collections/intake/');
    assert.equal(answer.resource()['can_read'], false);
    assert.equal(answer.resource()['can_write'], true);
    assert.equal((await server.get('/feed/collections/intake/objects/')).status, 403);
    assert.equal((await server.get('/feed/collections/intake/objects/', { as: 'reader' })).status, 404);
  });

  test('without a public URL discovery shows the address listened on (design, 3)', async () => {
    assert.deepEqual((await server.get('/taxii2/')).resource()['api_roots'], [`${server.url}/feed/`]);
  });
});
