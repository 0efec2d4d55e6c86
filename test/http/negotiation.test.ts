import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, TAXII, type Answer, type TestServer } from '../support/test-server.ts';
import { campaign, toStixId } from './stix-samples.ts';

const board = '/feed/collections/board/';
const one = toStixId('campaign', 1);

const ENDPOINTS = [
  '/taxii2/',
  '/feed/',
  '/feed/collections/',
  board,
  `${board}objects/`,
  `${board}manifest/`,
  `${board}objects/${one}/`,
  `${board}objects/${one}/versions/`,
];

describe('content negotiation (TAXII 2.1, 1.6.8 and 3.1)', () => {
  let server: TestServer;
  let statusPath: string;
  before(async () => {
    server = await startTestServer();
    const posted = await server.post(board, [campaign(1)]);
    statusPath = `/feed/status/${posted.resource().id ?? ''}/`;
  });
  after(() => server[Symbol.asyncDispose]());

  const statuses = async (
    path: string,
    accepts: readonly (string | undefined)[],
  ): Promise<readonly string[]> => {
    const rows: string[] = [];
    for (const accept of accepts) {
      const { status } = await server.get(path, { headers: { Accept: accept } });
      rows.push(`${status} ${accept ?? '(none)'}`);
    }
    return rows;
  };
  const all = (status: number, accepts: readonly (string | undefined)[]): readonly string[] =>
    accepts.map((accept) => `${status} ${accept ?? '(none)'}`);

  test('every endpoint takes the media type with version 2.1, in any spacing, case and quoting (TAXII 2.1, 3.1)', async () => {
    const accepts = [
      'application/taxii+json;version=2.1',
      'application/taxii+json; version=2.1',
      'application/taxii+json ; version=2.1',
      'application/taxii+json;version="2.1"',
      'Application/TAXII+JSON;Version=2.1',
      'application/taxii+json;version=2.1;q=0.5',
    ];
    for (const path of [...ENDPOINTS, statusPath]) {
      assert.deepEqual(await statuses(path, accepts), all(200, accepts), path);
    }
  });

  test('the media type without a version is answered with version 2.1 (TAXII 2.1, 1.6.8)', async () => {
    const accepts = ['application/taxii+json', 'application/taxii+json;q=0.1'];
    for (const path of ENDPOINTS) assert.deepEqual(await statuses(path, accepts), all(200, accepts), path);
  });

  test('a list that holds a good range is taken, and so is the one of the manifest table (TAXII 2.1, 3.1 and 5.3)', async () => {
    const accepts = [
      'application/taxii+json;version=2.1,application/stix+json;version=2.1',
      'text/html, application/taxii+json;version=2.1;q=0.1',
      'application/taxii+json;version=2.0, application/taxii+json;version=2.1',
      'application/vnd.oasis.taxii+json; version=2.0, application/taxii+json',
    ];
    for (const path of [`${board}manifest/`, `${board}objects/`]) {
      assert.deepEqual(await statuses(path, accepts), all(200, accepts));
    }
  });

  test('wildcards and a missing Accept are answered (RFC 9110, 12.5.1)', async () => {
    const accepts = [undefined, '', '*/*', 'application/*', 'application/json, text/plain, */*', '*/*;q=0.1'];
    for (const path of ENDPOINTS) assert.deepEqual(await statuses(path, accepts), all(200, accepts), path);
  });

  test('an Accept for TAXII 2.0 alone is 406, so that clients fall back (TAXII 2.1, 3.1)', async () => {
    const accepts = [
      'application/taxii+json;version=2.0',
      'application/vnd.oasis.taxii+json',
      'application/vnd.oasis.taxii+json; version=2.0',
      'application/vnd.oasis.taxii+json; version=2.0, application/vnd.oasis.stix+json; version=2.0',
    ];
    for (const path of [...ENDPOINTS, statusPath]) {
      assert.deepEqual(await statuses(path, accepts), all(406, accepts), path);
    }
  });

  test('an Accept for other versions or other types alone is 406 (TAXII 2.1, 3.1)', async () => {
    const accepts = [
      'application/taxii+json;version=2.2',
      'application/taxii+json;version=2',
      'application/stix+json',
      'application/stix+json;version=2.1',
      'application/json',
      'text/html',
      'nonsense',
      ',',
    ];
    assert.deepEqual(await statuses(`${board}objects/`, accepts), all(406, accepts));
  });

  test('a range with a quality of zero is refused, also when a wider one is allowed (RFC 9110, 12.5.1)', async () => {
    const accepts = [
      'application/taxii+json;version=2.1;q=0',
      'application/taxii+json;version=2.1; q=0.000',
      'application/taxii+json;q=0',
      '*/*;q=0',
      'application/taxii+json;version=2.1;q=0, */*',
      'application/taxii+json;q=0, application/*;q=0.5',
    ];
    assert.deepEqual(await statuses(`${board}objects/`, accepts), all(406, accepts));
    const allowed = [
      '*/*;q=0, application/taxii+json;version=2.1',
      'application/taxii+json;q=0, application/taxii+json;version=2.1',
    ];
    assert.deepEqual(await statuses(`${board}objects/`, allowed), all(200, allowed));
  });

  test('POST and DELETE are negotiated like the rest (TAXII 2.1, 3.1)', async () => {
    const refused = { headers: { Accept: 'application/taxii+json;version=2.0' } };
    assert.equal((await server.post(board, [campaign(9)], refused)).status, 406);
    assert.equal((await server.send('DELETE', `${board}objects/${one}/`, refused)).status, 406);
    assert.equal((await server.get(`${board}objects/${toStixId('campaign', 9)}/`)).status, 404);
    assert.equal((await server.get(`${board}objects/${one}/`)).status, 200);
  });

  const postAs = (contentType: string | undefined): Promise<Answer> =>
    server.post(board, [campaign(1)], { headers: { 'Content-Type': contentType } });

  test('a POST takes the media type with or without its version and with a charset of UTF-8 (TAXII 2.1, 3.1)', async () => {
    for (const type of [
      TAXII,
      'application/taxii+json',
      'application/taxii+json; version=2.1',
      'application/taxii+json; version="2.1"',
      'APPLICATION/TAXII+JSON;VERSION=2.1',
      'application/taxii+json;version=2.1;charset=utf-8',
      'application/taxii+json; charset="UTF-8"',
    ]) {
      assert.equal((await postAs(type)).status, 202, type);
    }
  });

  test('a POST of any other content type, or of none, is 415 (TAXII 2.1, 3.1 and 5.5)', async () => {
    for (const type of [
      undefined,
      '',
      'application/taxii+json;version=2.0',
      'application/taxii+json;version=2.2',
      'application/vnd.oasis.taxii+json; version=2.0',
      'application/vnd.oasis.stix+json; version=2.0',
      'application/stix+json;version=2.1',
      'application/json',
      'application/x-www-form-urlencoded',
      'text/plain',
      'application/taxii+json;charset=iso-8859-1',
      'application/taxii+json, application/json',
    ]) {
      assert.equal((await postAs(type)).status, 415, type ?? '(none)');
    }
  });

  test('a POST with a content coding is 415, as no coding is defined for bodies (RFC 9110, 8.4)', async () => {
    for (const coding of ['gzip', 'br', 'gzip, gzip']) {
      const { status } = await server.post(board, [campaign(1)], { headers: { 'Content-Encoding': coding } });
      assert.equal(status, 415, coding);
    }
    const identity = await server.post(board, [campaign(1)], { headers: { 'Content-Encoding': 'identity' } });
    assert.equal(identity.status, 202);
  });

  test('a Content-Type on GET and an empty body on DELETE are ignored (TAXII 2.1, 3.1)', async () => {
    const headers = { 'Content-Type': 'application/json' };
    assert.equal((await server.get(`${board}objects/`, { headers })).status, 200);
    await server.post(board, [campaign(77)]);
    const path = `${board}objects/${toStixId('campaign', 77)}/`;
    const deleted = await server.send('DELETE', path, { headers: { ...headers, 'Content-Length': '0' } });
    assert.equal(deleted.status, 200);
  });
});
