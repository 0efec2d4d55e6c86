import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { startTestServer, TAXII, type Answer, type TestServer } from '../support/test-server.ts';
import { campaign, campaigns, toStixId } from './stix-samples.ts';

const board = '/feed/collections/board/';
const one = toStixId('campaign', 1);
const LISTS = [
  `${board}objects/`,
  `${board}manifest/`,
  `${board}objects/${one}/`,
  `${board}objects/${one}/versions/`,
];

describe('plain HTTP (TAXII 2.1, 3.1; RFC 9110)', () => {
  let server: TestServer;
  let paths: readonly string[];
  before(async () => {
    server = await startTestServer();
    const { id = '' } = (await server.post(board, campaigns(1, 50))).resource();
    paths = ['/taxii2/', '/feed/', '/feed/collections/', board, `/feed/status/${id}/`, ...LISTS];
  });
  after(() => server[Symbol.asyncDispose]());

  test('every answer has the exact content type, with no charset (TAXII 2.1, 1.6.8)', async () => {
    for (const path of paths) {
      const answer = await server.get(path);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], 'application/taxii+json;version=2.1', path);
    }
    for (const [method, path, status] of [
      ['GET', '/nowhere/', 404],
      ['PUT', '/taxii2/', 405],
      ['GET', `${board}objects/?limit=0`, 400],
    ] as const) {
      const answer = await server.send(method, path);
      assert.equal(answer.status, status);
      assert.equal(answer.headers['content-type'], 'application/taxii+json;version=2.1', path);
    }
  });

  test('every answer says that it may be kept and must be asked for again, and by what it varies (design, 3)', async () => {
    for (const path of [...paths, '/nowhere/']) {
      const { headers } = await server.get(path);
      assert.equal(headers['cache-control'], 'private, no-cache', path);
      assert.equal(headers.vary, 'Accept, Accept-Encoding, Authorization', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.ok(
        headers.date !== undefined,
        'a date, for clients that correct for the clock (TAXII 2.1, 3.4)',
      );
    }
  });

  test('an error message has a title, a status as text that is the status, and the id of the request (TAXII 2.1, 3.6.1)', async () => {
    for (const [method, path, options, status] of [
      ['GET', '/nowhere/', {}, 404],
      ['PUT', '/taxii2/', {}, 405],
      ['GET', board, { as: 'nobody' as const }, 401],
      ['POST', '/feed/collections/notices/objects/', {}, 403],
      ['GET', board, { headers: { Accept: 'text/html' } }, 406],
      ['POST', `${board}objects/`, {}, 415],
      ['GET', `${board}objects/?limit=0`, {}, 400],
      ['GET', `${board}objects/%zz/`, {}, 400],
      ['POST', `${board}objects/`, { body: '{}', headers: { 'Content-Type': TAXII } }, 422],
    ] as const) {
      const answer = await server.send(method, path, options);
      assert.equal(answer.status, status, path);
      const error = answer.resource();
      assert.equal(typeof error['title'], 'string');
      assert.equal(error['http_status'], String(status));
      assert.equal(error['error_id'], answer.headers['x-request-id']);
      assert.ok(
        server.log.some((line) => line.includes(String(error['error_id']))),
        'the log has the same id',
      );
      assert.doesNotMatch(answer.text, /\bat \S+:\d|\.ts\b|node_modules|\/work|\/home|stack/);
    }
  });

  test('two requests have two ids (design, 8)', async () => {
    const ids = await Promise.all(
      paths.map(async (path) => (await server.get(path)).headers['x-request-id']),
    );
    assert.equal(new Set(ids).size, paths.length);
  });

  test('HEAD answers as GET does, without the body (RFC 9110, 9.3.2)', async () => {
    for (const path of [...paths, '/nowhere/', `${board}objects/?limit=0`]) {
      const get = await server.get(path);
      const head = await server.send('HEAD', path);
      assert.equal(head.status, get.status, path);
      assert.equal(head.bytes.byteLength, 0);
      for (const name of [
        'content-type',
        'content-length',
        'etag',
        'x-taxii-date-added-first',
        'x-taxii-date-added-last',
      ]) {
        assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
      }
    }
  });

  test('a method that a resource does not have is 405 with Allow (RFC 9110, 15.5.6)', async () => {
    const allowed = (path: string): string => {
      if (path === `${board}objects/`) return 'GET, HEAD, POST';
      return path === `${board}objects/${one}/` ? 'GET, HEAD, DELETE' : 'GET, HEAD';
    };
    for (const path of paths) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
        if (allowed(path).includes(method)) continue;
        const answer = await server.send(method, path, { as: 'nobody' });
        assert.equal(answer.status, 405, `${method} ${path}`);
        assert.equal(answer.headers.allow, allowed(path), path);
      }
    }
  });

  test('a path is the same without its last slash and with doubled slashes, and nothing redirects (design, 3)', async () => {
    for (const path of paths) {
      const wanted = await server.get(path);
      const spellings = [
        path.slice(0, -1),
        path.replaceAll('/', '//'),
        `/${path}`,
        `${path}/`,
        path.replace('/', '///'),
      ];
      for (const spelling of spellings) {
        const answer = await server.get(spelling);
        assert.equal(answer.status, 200, spelling);
        assert.equal(answer.text, wanted.text, spelling);
      }
    }
    assert.equal((await server.get(`/${board}objects?limit=1`)).resource().objects?.length, 1);
    assert.equal((await server.get(`${board}objects//?match[id]=a//b`)).status, 200);
    const posted = await server.send('POST', `/${board}objects`, {
      body: JSON.stringify({ objects: [campaign(1)] }),
      headers: { 'Content-Type': TAXII },
    });
    assert.equal(posted.status, 202);
  });

  test('a page is compressed once and only for who takes gzip (RFC 9110, 12.5.3)', async () => {
    for (const path of [`${board}objects/`, `${board}manifest/`]) {
      const plain = await server.get(path);
      assert.equal(plain.headers['content-encoding'], undefined);
      for (const coding of ['gzip', 'gzip, deflate', 'deflate, gzip;q=0.5', '*', 'GZIP', 'br, *;q=0.1']) {
        const answer = await server.get(path, { headers: { 'Accept-Encoding': coding } });
        assert.equal(answer.headers['content-encoding'], 'gzip', coding);
        assert.equal(Number(answer.headers['content-length']), answer.bytes.byteLength);
        assert.equal(gunzipSync(answer.bytes).toString(), plain.text, coding);
        assert.ok(answer.bytes.byteLength < plain.bytes.byteLength);
      }
      for (const coding of [
        'identity',
        'br',
        'gzip;q=0',
        'deflate, gzip;q=0.0',
        '',
        'gzip;q=0, *',
        '*;q=0',
      ]) {
        const answer = await server.get(path, { headers: { 'Accept-Encoding': coding } });
        assert.equal(answer.headers['content-encoding'], undefined, coding);
        assert.equal(answer.text, plain.text, coding);
      }
    }
  });

  const tagOf = ({ headers }: Answer): string => headers.etag ?? assert.fail('no ETag');
  const revalidate = (path: string, tag: string, coding?: string): Promise<Answer> =>
    server.get(path, {
      headers: { 'If-None-Match': tag, ...(coding === undefined ? {} : { 'Accept-Encoding': coding }) },
    });

  test('a page that did not change is 304 for who has its ETag, compressed or not (RFC 9110, 13.1.2)', async () => {
    for (const path of LISTS) {
      const plain = await server.get(path);
      const zipped = await server.get(path, { headers: { 'Accept-Encoding': 'gzip' } });
      if (zipped.headers['content-encoding'] === 'gzip') assert.notEqual(tagOf(zipped), tagOf(plain));
      for (const tag of [tagOf(plain), tagOf(zipped)]) {
        for (const given of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
          for (const coding of [undefined, 'gzip']) {
            const answer = await revalidate(path, given, coding);
            assert.equal(answer.status, 304, given);
            assert.equal(answer.bytes.byteLength, 0);
            assert.match(tagOf(answer), /^"[\w-]+"$/);
          }
        }
      }
      assert.equal((await revalidate(path, '"other"')).status, 200);
    }
  });

  test('every change of a collection changes the ETags of its pages, and no change of another does (RFC 9110, 8.8.3)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(1)]);
    const list = `${path}objects/`;
    let tag = tagOf(await server.get(list));
    await server.post(server.scratch(), [campaign(1)]);
    assert.equal((await revalidate(list, tag)).status, 304);
    for (const change of [
      () => server.post(path, [campaign(2)]),
      () => server.send('DELETE', `${path}objects/${toStixId('campaign', 2)}/`),
    ]) {
      await change();
      const answer = await revalidate(list, tag);
      assert.equal(answer.status, 200);
      assert.notEqual(tagOf(answer), tag);
      tag = tagOf(answer);
    }
    // The same objects as at the beginning, but not the same state.
    assert.equal((await server.get(list)).resource().objects?.length, 1);
  });

  test('a 304 is only for who may read the page (TAXII 2.1, appendix B)', async () => {
    const headers = { 'If-None-Match': tagOf(await server.get(LISTS[0] ?? '')) };
    assert.equal((await server.get(`${board}objects/`, { as: 'nobody', headers })).status, 401);
    assert.equal((await server.get(`${board}objects/`, { as: 'outsider', headers })).status, 404);
  });

  test('pages of different queries, lists and objects have different ETags (RFC 9110, 8.8.1)', async () => {
    const queries = [
      ...LISTS,
      `${board}objects/?limit=1`,
      `${board}objects/?limit=2`,
      `${board}objects/?match[type]=campaign`,
    ];
    const tags = await Promise.all(queries.map(async (path) => tagOf(await server.get(path))));
    assert.equal(new Set(tags).size, queries.length);
  });

  test('a Range header is ignored, as TAXII 2.1 has no ranges of items (TAXII 2.1, 1.7.1)', async () => {
    for (const range of ['items 0-9', 'items=0-9', 'bytes=0-10']) {
      const answer = await server.get(`${board}objects/`, { headers: { Range: range } });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-range'], undefined);
      assert.equal(answer.resource().objects?.length, 50);
    }
  });
});
