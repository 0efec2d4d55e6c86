import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type SendOptions, type TestServer } from '../support/test-server.ts';
import { campaigns, campaign, toStixId } from './stix-samples.ts';
import { itemsOf, withQuery } from './walk.ts';

describe('cursors are never trusted (TAXII 2.1, appendix B)', () => {
  let server: TestServer;
  const board = '/feed/collections/board/';
  const one = toStixId('campaign', 1);
  before(async () => {
    server = await startTestServer({ PAGE_LIMIT_DEFAULT: '2' });
    await server.post(board, campaigns(1, 9));
    await server.post(board, [campaign(1, 1), campaign(1, 2), campaign(2, 1), campaign(2, 2)]);
    await server.post('/feed/collections/notices/', campaigns(50, 55), { as: 'other' });
    await server.post('/feed/collections/vault/', campaigns(60, 65), { as: 'other' });
  });
  after(() => server[Symbol.asyncDispose]());

  const nextOf = async (path: string, options?: SendOptions): Promise<string> => {
    const { next } = (await server.get(withQuery(path, { limit: 1 }), options)).resource();
    return next ?? assert.fail(`${path} has no second page`);
  };
  const use = async (path: string, next: string, options?: SendOptions): Promise<string> => {
    const answer = await server.get(withQuery(path, { next }), options);
    const { error_code } = answer.resource();
    return typeof error_code === 'string' ? `${answer.status} ${error_code}` : String(answer.status);
  };

  test('a cursor that was changed in any place is 400 (TAXII 2.1, appendix B)', async () => {
    const path = `${board}objects/`;
    const next = await nextOf(path);
    assert.equal(await use(path, next), '200');
    for (let at = 0; at < next.length; at += 1) {
      const changed = next.slice(0, at) + (next[at] === 'A' ? 'B' : 'A') + next.slice(at + 1);
      assert.equal(await use(path, changed), '400 cursor.invalid', `at ${at}`);
    }
    for (const changed of [
      next.slice(1),
      next.slice(0, -1),
      `${next}.`,
      `${next}A`,
      next + next,
      next.slice(0, next.lastIndexOf('.')),
    ]) {
      assert.equal(await use(path, changed), '400 cursor.invalid', changed);
    }
  });

  test('a cursor that says more than the caller was given is 400 (TAXII 2.1, appendix B)', async () => {
    const path = `${board}objects/`;
    const [version = '', , mac = ''] = (await nextOf(path)).split('.');
    for (const wish of [
      { after: 0 },
      { after: 0, limit: 1e9 },
      { after: -1, versions: 'x' },
      null,
      [],
      '__proto__',
    ]) {
      const payload = Buffer.from(JSON.stringify(wish)).toString('base64url');
      for (const forged of [
        `${version}.${payload}.${mac}`,
        `${version}.${payload}.`,
        `${version}.${payload}.${'A'.repeat(22)}`,
        payload,
      ]) {
        assert.equal(await use(path, forged), '400 cursor.invalid');
      }
    }
  });

  test('a cursor of one collection is 400 in another (TAXII 2.1, appendix B)', async () => {
    const next = await nextOf(`${board}objects/`);
    assert.equal(await use('/feed/collections/notices/objects/', next), '400 cursor.invalid');
    const hidden = await nextOf('/feed/collections/vault/objects/', { as: 'other' });
    assert.equal(await use(`${board}objects/`, hidden), '400 cursor.invalid');
  });

  test('a cursor of one list is 400 on another list or another object (TAXII 2.1, appendix B)', async () => {
    const two = toStixId('campaign', 2);
    const lists = [
      `${board}objects/`,
      `${board}manifest/`,
      `${board}objects/${one}/?match[version]=all`,
      `${board}objects/${two}/?match[version]=all`,
      `${board}objects/${one}/versions/`,
    ];
    const plain = (path: string): string => path.replace(/\?.*/, '');
    for (const from of lists) {
      const limit = from.includes('?') ? `${from}&limit=1` : `${from}?limit=1`;
      const { next = '' } = (await server.get(limit)).resource();
      assert.notEqual(next, '', from);
      for (const to of lists) {
        assert.equal(
          await use(plain(to), next),
          from === to ? '200' : '400 cursor.invalid',
          `${from} on ${to}`,
        );
      }
    }
  });

  test('a cursor is good by the alias and the id of its collection (TAXII 2.1, 5.2)', async () => {
    const next = await nextOf(`${board}objects/`);
    const id = (await server.get(board)).resource().id ?? '';
    assert.equal(await use(`/feed/collections/${id}/objects/`, next), '200');
  });

  test('a cursor gives nobody a right: without one the answer is the same as without the cursor (TAXII 2.1, appendix B)', async () => {
    const hidden = '/feed/collections/vault/objects/';
    const next = await nextOf(hidden, { as: 'other' });
    assert.equal(await use(hidden, next, { as: 'other' }), '200');
    assert.equal(await use(hidden, next, { as: 'writer' }), '404 collection.not-found');
    assert.equal(await use(hidden, next, { as: 'nobody' }), '401 auth.required');
    assert.equal(
      await use('/feed/collections/dropbox/objects/', next, { as: 'writer' }),
      '403 access.denied',
    );
  });

  test('a cursor that another reader of the collection got shows what that reader may see anyway (TAXII 2.1, appendix B)', async () => {
    const path = `${board}objects/`;
    const next = await nextOf(path, { as: 'reader' });
    const mine = await server.get(withQuery(path, { limit: 3, next }), { as: 'other' });
    const theirs = await server.get(withQuery(path, { limit: 3, next }), { as: 'reader' });
    assert.equal(mine.status, 200);
    assert.deepEqual(itemsOf(mine), itemsOf(theirs));
  });

  test('a cursor is opaque: it names no user and is a short text of URL characters (TAXII 2.1, 3.5)', async () => {
    const next = await nextOf(`${board}objects/`);
    assert.match(next, /^[A-Za-z0-9._-]{1,200}$/);
  });
});
