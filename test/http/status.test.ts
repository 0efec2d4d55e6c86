import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestServer, type Resource, type TestServer } from '../support/test-server.ts';
import { countsOf } from './status-counts.ts';
import { campaign, sample, toStixId, toTime } from './stix-samples.ts';

const HOUR = 3_600_000_000;
const NO_STATUS = '378e5de7-84a4-45e4-8a34-c02a43d0b657';

describe('status (TAXII 2.1, 4.3)', () => {
  let server: TestServer;
  const board = '/feed/collections/board/';
  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  const submit = async (as: 'writer' | 'other' = 'writer'): Promise<Resource> =>
    (await server.post(board, [campaign(1)], { as })).resource();

  test('a status has the required members, its counts add up, and it says which version of what succeeded (TAXII 2.1, 4.3.1)', async () => {
    const status = (
      await server.post(board, [campaign(2, 3), campaign(2, 3, { spec_version: '3.0' })])
    ).resource();
    assert.equal(countsOf(status), '2 1 1 0');
    assert.equal(status['status'], 'complete');
    assert.match(String(status.id), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(String(status['request_timestamp']), /^2018-08-24T18:00:00\.\d{6}Z$/);
    assert.deepEqual(status.successes, [{ id: toStixId('campaign', 2), version: toTime(3) }]);
    const [failure] = status.failures ?? [];
    assert.equal(failure?.id, toStixId('campaign', 2));
    assert.equal(failure.version, toTime(3));
    assert.match(failure.message ?? '', /spec_version/);
  });

  test('the status endpoint gives the same resource as the answer to the POST (TAXII 2.1, 4.3)', async () => {
    const posted = await server.post(board, [campaign(1), campaign(3), { type: 'nonsense' }]);
    assert.equal(posted.status, 202);
    const answer = await server.get(`/feed/status/${posted.resource().id ?? ''}/`);
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.resource(), posted.resource());
  });

  test('a status is for its submitter alone, and 404 for everybody else (TAXII 2.1, 4.3)', async () => {
    const { id = '' } = await submit();
    for (const as of ['reader', 'other', 'outsider'] as const) {
      assert.equal((await server.get(`/feed/status/${id}/`, { as })).status, 404, as);
    }
    assert.equal((await server.get(`/feed/status/${id}/`, { as: 'nobody' })).status, 401);
    assert.equal((await server.get(`/feed/status/${id}/`)).status, 200);
  });

  test('a status that does not exist is 404 (TAXII 2.1, 4.3)', async () => {
    for (const id of [NO_STATUS, 'nonsense', '%00', "'%20OR%201=1", '..']) {
      assert.equal((await server.get(`/feed/status/${id}/`)).status, 404, id);
    }
  });

  test('a status belongs to the API root of its collection (TAXII 2.1, 4.3)', async () => {
    const { id = '' } = await submit();
    assert.equal((await server.get(`/archive/status/${id}/`)).status, 404);
    const archived = (await server.post('/archive/collections/attic/', [campaign(1)])).resource().id ?? '';
    assert.equal((await server.get(`/archive/status/${archived}/`)).status, 200);
    assert.equal((await server.get(`/feed/status/${archived}/`)).status, 404);
  });

  test('a complete status is kept for 24 hours and is 404 after that (TAXII 2.1, 4.3; interoperability 2.1)', async () => {
    const { id = '' } = await submit('other');
    const path = `/feed/status/${id}/`;
    server.clock.advance(24 * HOUR);
    assert.equal((await server.get(path, { as: 'other' })).status, 200);
    server.clock.advance(1);
    assert.equal((await server.get(path, { as: 'other' })).status, 404);
  });
});

describe('status of a submission that waits (TAXII 2.1, 4.3)', () => {
  const shipped = fileURLToPath(new URL('../../collections', import.meta.url));
  const waiting = (n: number): object =>
    sample('relationship', n, 0, {
      relationship_type: 'uses',
      source_ref: toStixId('campaign', n),
      target_ref: toStixId('tool', 999),
    });

  test('what waits is pending, and complete when what it waited for has come (TAXII 2.1, 4.3.1)', async () => {
    await using server = await startTestServer({}, shipped);
    const intake = '/feed/collections/intake/';
    const posted = (await server.post(intake, [campaign(1), waiting(1)])).resource();
    assert.equal(posted['status'], 'pending');
    assert.equal(countsOf(posted), '2 1 0 1');
    await server.post(intake, [sample('tool', 999, 0, { name: 't' })]);
    const later = (await server.get(`/feed/status/${posted.id ?? ''}/`)).resource();
    assert.equal(later['status'], 'complete');
    assert.equal(countsOf(later), '2 2 0 0');
  });

  test('a pending status does not expire, and its end is told (TAXII 2.1, 4.3)', async () => {
    await using server = await startTestServer({ REFERENCE_GRACE: '168h' }, shipped);
    const posted = (await server.post('/feed/collections/intake/', [campaign(1), waiting(1)])).resource();
    const path = `/feed/status/${posted.id ?? ''}/`;
    server.clock.advance(100 * HOUR);
    assert.equal((await server.get(path)).resource()['status'], 'pending');
    await server.post('/feed/collections/intake/', [sample('tool', 999, 0, { name: 't' })]);
    const end = await server.get(path);
    assert.equal(end.status, 200);
    assert.equal(end.resource()['status'], 'complete');
    // From here on it is kept as long as any other.
    server.clock.advance(23 * HOUR);
    assert.equal((await server.get(path)).status, 200);
    server.clock.advance(2 * HOUR);
    assert.equal((await server.get(path)).status, 404);
  });
});
