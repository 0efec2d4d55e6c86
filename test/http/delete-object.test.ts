import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, TAXII, type Answer, type TestServer } from '../support/test-server.ts';
import { campaign, oldCampaign, toStixId, toTime } from './stix-samples.ts';
import { itemsOf } from './walk.ts';

const one = toStixId('campaign', 1);

describe('deleting objects (TAXII 2.1, 5.7)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  /** A collection with three versions of one object, the second added last, and another object. */
  const seeded = async (): Promise<string> => {
    const path = server.scratch();
    await server.post(path, [campaign(1, 0), campaign(1, 2), campaign(1, 1), campaign(2)]);
    return path;
  };
  const remove = (path: string, query = ''): Promise<Answer> =>
    server.send('DELETE', `${path}objects/${one}/${query}`);
  const versions = async (path: string): Promise<readonly string[]> =>
    itemsOf(await server.get(`${path}objects/${one}/versions/`));
  const dateOf = async (path: string, version: number): Promise<string> => {
    const { objects } = (
      await server.get(`${path}manifest/?match[id]=${one}&match[version]=${toTime(version)}`)
    ).resource();
    return objects?.[0]?.date_added ?? 'none';
  };

  test('a DELETE is 200 without a body and with the content type (TAXII 2.1, 5.7)', async () => {
    const answer = await remove(await seeded());
    assert.equal(answer.status, 200);
    assert.equal(answer.bytes.byteLength, 0);
    assert.equal(answer.headers['content-length'], '0');
    assert.equal(answer.headers['content-type'], TAXII);
  });

  test('a DELETE without a version takes all versions, and the object is gone everywhere in the collection (TAXII 2.1, 5.7)', async () => {
    const path = await seeded();
    await remove(path);
    for (const tail of ['', '?match[version]=all', `?match[version]=${toTime(0)}`, 'versions/']) {
      assert.equal((await server.get(`${path}objects/${one}/${tail}`)).status, 404, tail);
    }
    for (const list of ['objects/', 'manifest/']) {
      assert.equal((await server.get(`${path}${list}?match[version]=all`)).text.includes(one), false);
      assert.equal(itemsOf(await server.get(path + list)).length, 1);
    }
  });

  test('a DELETE of what is not there is 404, also the second time (TAXII 2.1, 5.7)', async () => {
    const path = await seeded();
    for (const id of [toStixId('campaign', 99), 'nonsense', '%00']) {
      assert.equal((await server.send('DELETE', `${path}objects/${id}/`)).status, 404, id);
    }
    assert.equal((await remove(path, `?match[version]=${toTime(9)}`)).status, 404);
    assert.equal((await remove(path, '?match[spec_version]=2.0')).status, 404);
    assert.equal((await remove(path)).status, 200);
    assert.equal((await remove(path)).status, 404);
  });

  test('a DELETE with a version takes that version alone, which is then 404 while the others stay (TAXII 2.1, 5.7)', async () => {
    const path = await seeded();
    assert.equal((await remove(path, `?match[version]=${toTime(1)}`)).status, 200);
    assert.deepEqual(await versions(path), [toTime(0), toTime(2)]);
    assert.equal((await server.get(`${path}objects/${one}/?match[version]=${toTime(1)}`)).status, 404);
    assert.equal((await server.get(`${path}objects/${one}/?match[version]=${toTime(2)}`)).status, 200);
    assert.deepEqual(itemsOf(await server.get(`${path}objects/?match[version]=${toTime(1)}`)), []);
  });

  test('a DELETE takes first, last, all and combinations of versions (TAXII 2.1, 5.7)', async () => {
    const rows: readonly (readonly [string, readonly number[]])[] = [
      ['first', [2, 1]],
      ['last', [0, 1]],
      ['first,last', [1]],
      [`${toTime(0)},${toTime(1)}`, [2]],
      [`last,${toTime(9)}`, [0, 1]],
    ];
    for (const [query, left] of rows) {
      const path = await seeded();
      assert.equal((await remove(path, `?match[version]=${query}`)).status, 200, query);
      assert.deepEqual((await versions(path)).toSorted(), left.map(toTime).toSorted(), query);
    }
    const path = await seeded();
    assert.equal((await remove(path, '?match[version]=all')).status, 200);
    assert.equal((await server.get(`${path}objects/${one}/`)).status, 404);
  });

  test('after the latest version was deleted the one before is the latest, with a new date_added (design, 5.2)', async () => {
    const path = await seeded();
    const before = await dateOf(path, 1);
    const first = await dateOf(path, 0);
    await remove(path, '?match[version]=last');
    assert.ok((await dateOf(path, 1)) > before);
    assert.equal(await dateOf(path, 0), first);
    assert.deepEqual(itemsOf(await server.get(`${path}objects/${one}/`)), [`${one} ${toTime(1)}`]);
  });

  test('a version that is added again after its deletion has a new date_added (TAXII 2.1, 5.7)', async () => {
    const path = await seeded();
    const before = await dateOf(path, 2);
    await remove(path);
    const again = await server.post(path, [campaign(1, 2)]);
    assert.equal(again.resource()['success_count'], 1);
    assert.ok((await dateOf(path, 2)) > before);
    assert.deepEqual(await versions(path), [toTime(2)]);
  });

  test('a version may come back with other content once it was deleted (TAXII 2.1, 5.7)', async () => {
    const path = await seeded();
    await remove(path);
    await server.post(path, [campaign(1, 2, { name: 'New name' })]);
    assert.match((await server.get(`${path}objects/${one}/`)).text, /New name/);
  });

  test('match[spec_version] says of which STIX version the deleted are (TAXII 2.1, 5.7)', async () => {
    const mixed = '/feed/collections/mixed/';
    await server.post(mixed, [oldCampaign(1, 0), oldCampaign(1, 1), campaign(1, 2)]);
    const both = async (): Promise<readonly string[]> =>
      itemsOf(await server.get(`${mixed}objects/${one}/versions/?match[spec_version]=2.0,2.1`));
    assert.equal((await remove(mixed, '?match[spec_version]=2.0&match[version]=last')).status, 200);
    assert.deepEqual((await both()).toSorted(), [toTime(0), toTime(2)]);
    assert.equal((await remove(mixed, '?match[spec_version]=2.1')).status, 200);
    assert.deepEqual(await both(), [toTime(0)]);
  });

  test('a malformed match is 400 and deletes nothing (TAXII 2.1, 3.4)', async () => {
    const path = await seeded();
    for (const query of [
      'match[version]=',
      'match[version]=yesterday',
      'match[version]=all,last',
      'match[version]=last&match[version]=first',
      'match[spec_version]=x',
      'match[spec_version]=2.1&match[spec_version]=2.0',
    ]) {
      assert.equal((await remove(path, `?${query}`)).status, 400, query);
    }
    assert.equal((await versions(path)).length, 3);
  });

  test('a DELETE in one collection leaves the object in others (TAXII 2.1, 5.7)', async () => {
    const [first, second] = [await seeded(), await seeded()];
    const before = (await server.get(`${second}manifest/?match[version]=all`)).text;
    await remove(first);
    assert.equal((await server.get(`${second}manifest/?match[version]=all`)).text, before);
  });
});
