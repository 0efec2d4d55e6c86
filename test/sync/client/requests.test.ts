import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bearer, faultOf, openClient, QUERY, readPageOf, startPartner } from './client-kit.ts';

const MEDIA = 'application/taxii+json;version=2.1';

describe('a request', () => {
  test('says what it accepts, what we are and who we are (TAXII 2.1, 3.1)', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient({ credentials: bearer('abc') });
    await readPageOf(client, partner);
    const [seen] = partner.seen;
    assert.equal(seen?.method, 'GET');
    assert.equal(seen.headers.accept, MEDIA);
    assert.equal(seen.headers['user-agent'], 'pollwatch-test/1.0');
    assert.equal(seen.headers['accept-encoding'], 'gzip');
    assert.equal(seen.headers.authorization, 'Bearer abc');
    assert.equal(seen.headers['content-type'], undefined);
  });

  test('that adds objects says the type of its body and is counted', async () => {
    await using partner = await startPartner(() => ({ status: 202, body: { id: 's', status: 'complete' } }));
    await using client = openClient();
    const body = Buffer.from('{"objects":[{"é":1}]}');
    await client.addObjects({ apiRoot: `${partner.origin}root`, collection: 'c' }, body);
    const [seen] = partner.seen;
    assert.equal(seen?.method, 'POST');
    assert.equal(seen.url, '/root/collections/c/objects/');
    assert.equal(seen.headers['content-type'], MEDIA);
    assert.equal(seen.headers['content-length'], String(body.byteLength));
    assert.equal(seen.body, body.toString('utf8'));
    assert.equal(client.bill().bytesOut, body.byteLength);
  });

  test('has a slash at the end of its path, whatever the URL of the partner had (TAXII 2.1, 3.1)', async () => {
    await using partner = await startPartner(() => ({ body: { title: 'T' } }));
    await using client = openClient();
    await client.readService(`${partner.origin}taxii2`);
    await client.readService(`${partner.origin}taxii2/#part`);
    await client.readService(partner.origin.slice(0, -1));
    await client.listCollections(`${partner.origin}root`);
    await client.readStatus(`${partner.origin}root/`, 'x');
    assert.deepEqual(
      partner.seen.map(({ url }) => url),
      ['/taxii2/', '/taxii2/', '/', '/root/collections/', '/root/status/x/'],
    );
  });

  test('writes brackets, blanks and all else of its query percent-encoded', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient();
    await readPageOf(client, partner, {
      addedAfter: 1_600_000_000_000_001,
      next: '+/=& é\ud800',
      types: ['indicator', 'malware'],
      allVersions: true,
      limit: 7,
    });
    assert.equal(
      partner.seen[0]?.url,
      '/root/collections/c/objects/?added_after=2020-09-13T12%3A26%3A40.000001Z&limit=7' +
        '&next=%2B%2F%3D%26%20%C3%A9%EF%BF%BD&match%5Btype%5D=indicator%2Cmalware&match%5Bversion%5D=all',
    );
  });

  test('leaves out what is not asked for', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient();
    await readPageOf(client, partner, { types: [] });
    await client.readManifest({ apiRoot: `${partner.origin}root/`, collection: 'c' }, QUERY);
    assert.deepEqual(
      partner.seen.map(({ url }) => url),
      ['/root/collections/c/objects/?limit=10', '/root/collections/c/manifest/?limit=10'],
    );
  });

  test('puts an id into one segment of its path, whatever it holds', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient();
    const apiRoot = `${partner.origin}root/`;
    await client.readObjects({ apiRoot, collection: '../é?#%2e' }, QUERY);
    assert.equal(partner.seen[0]?.url, '/root/collections/..%2F%C3%A9%3F%23%252e/objects/?limit=10');
    for (const id of ['.', '..', '']) {
      const fault = await faultOf(client.readObjects({ apiRoot, collection: id }, QUERY));
      assert.equal(fault.code, 'collection.unusable');
      assert.equal((await faultOf(client.readStatus(apiRoot, id))).code, 'collection.unusable');
    }
    assert.equal(partner.seen.length, 1);
  });

  test('uses the connections of those before it', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient();
    for (let round = 0; round < 20; round += 1) await readPageOf(client, partner);
    // One is still being put away when the next request comes.
    assert.ok(partner.connections() <= 2, String(partner.connections()));
    assert.equal(client.bill().requests, 20);
  });

  test('shows who we are to the origin of the first URL alone', async () => {
    await using home = await startPartner(() => ({ body: { title: 'T' } }));
    await using other = await startPartner(() => ({ body: { title: 'T' } }));
    await using client = openClient({ credentials: { kind: 'header', name: 'X-Api-Key', value: 'abc' } });
    await client.readService(home.origin);
    await client.readService(other.origin);
    await client.readService(`http://localhost:${home.port}/`);
    await client.readService(home.origin);
    assert.deepEqual(
      [...home.seen, ...other.seen].map(({ headers }) => headers['x-api-key']),
      ['abc', undefined, 'abc', undefined],
    );
  });

  test('does not go out with a secret or a header that cannot be sent', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    const credentials = [
      ['authorization', 'Bearer hunter2\r\nx-other: 1'],
      ['authorization', 'Bearer hunter2\u20ac'],
      ['authorization', ' '],
      ['x y', 'hunter2'],
      ['Host', 'hunter2'],
    ] as const;
    for (const [name, value] of credentials) {
      await using client = openClient({ credentials: { kind: 'header', name, value } });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'secret.missing', name);
      assert.ok(!fault.message.includes('hunter2'));
    }
    assert.equal(partner.connections(), 0);
  });
});

describe('the spelling of the media type', () => {
  const SPELLINGS = [MEDIA, 'application/taxii+json; version=2.1', 'application/taxii+json'];

  test('is found out where a partner compares texts, and remembered', async () => {
    for (const [index, wanted] of SPELLINGS.entries()) {
      await using partner = await startPartner(({ headers }) =>
        headers.accept === wanted ? { body: {} } : { status: 406, body: { title: 'no' } },
      );
      await using client = openClient();
      await readPageOf(client, partner);
      await readPageOf(client, partner);
      assert.deepEqual(
        partner.seen.map(({ headers }) => headers.accept),
        [...SPELLINGS.slice(0, index + 1), wanted],
      );
    }
  });

  test('is tried in each form once, then the partner refuses it', async () => {
    await using partner = await startPartner(() => ({ status: 406, body: { title: 'Only 2.0 here' } }));
    await using client = openClient();
    const fault = await faultOf(readPageOf(client, partner));
    assert.equal(fault.code, 'media.refused');
    assert.match(fault.detail, /Only 2\.0 here/);
    assert.equal(partner.seen.length, 3);
  });

  test('is not tried otherwise once it was taken', async () => {
    await using partner = await startPartner((_seen, index) =>
      index === 0 ? { body: {} } : { status: 406 },
    );
    await using client = openClient();
    await readPageOf(client, partner);
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'media.refused');
    assert.equal(partner.seen.length, 2);
  });

  test('of a body is found out apart from that of answers', async () => {
    await using partner = await startPartner(({ method, headers }) =>
      method === 'GET' || headers['content-type'] === SPELLINGS[2]
        ? { body: { status: 'complete' } }
        : { status: 415 },
    );
    await using client = openClient();
    const address = { apiRoot: `${partner.origin}root/`, collection: 'c' };
    await readPageOf(client, partner);
    await client.addObjects(address, Buffer.from('{}'));
    await client.addObjects(address, Buffer.from('{}'));
    assert.deepEqual(
      partner.seen.slice(1).map(({ headers }) => [headers.accept, headers['content-type']]),
      [...SPELLINGS, SPELLINGS[2]].map((type) => [MEDIA, type]),
    );
  });
});

describe('the form of a query', () => {
  const after = 1_600_000_000_900_000;
  const queriesOf = (urls: readonly { url: string }[]): readonly string[] =>
    urls.map(({ url }) => decodeURIComponent(url.split('?')[1] ?? ''));

  test('has whole seconds, rounded down, for a partner that reads no fraction, and that is remembered', async () => {
    await using partner = await startPartner(({ url }) =>
      url.includes('.9') ? { status: 400, body: { title: 'bad added_after' } } : { body: {} },
    );
    await using client = openClient();
    await readPageOf(client, partner, { addedAfter: after });
    await readPageOf(client, partner, { addedAfter: after });
    assert.deepEqual(queriesOf(partner.seen), [
      'added_after=2020-09-13T12:26:40.900000Z&limit=10',
      'added_after=2020-09-13T12:26:40Z&limit=10',
      'added_after=2020-09-13T12:26:40Z&limit=10',
    ]);
  });

  test('leaves all versions away for a partner that does not know them, and that is remembered', async () => {
    await using partner = await startPartner(({ url }) =>
      url.includes('version') ? { status: 400 } : { body: {} },
    );
    await using client = openClient();
    await readPageOf(client, partner, { allVersions: true });
    await readPageOf(client, partner, { allVersions: true, addedAfter: after });
    assert.deepEqual(queriesOf(partner.seen), [
      'limit=10&match[version]=all',
      'limit=10',
      'added_after=2020-09-13T12:26:40.900000Z&limit=10',
    ]);
  });

  test('changes in both ways for a partner that knows neither', async () => {
    await using partner = await startPartner(({ url }) =>
      url.includes('version') || url.includes('.9') ? { status: 400 } : { body: {} },
    );
    await using client = openClient();
    await readPageOf(client, partner, { allVersions: true, addedAfter: after });
    await readPageOf(client, partner, { allVersions: true, addedAfter: after });
    assert.equal(partner.seen.length, 5);
    assert.equal(queriesOf(partner.seen)[4], 'added_after=2020-09-13T12:26:40Z&limit=10');
  });

  test('does not change any more once it was answered: a 400 then means what it says', async () => {
    await using partner = await startPartner(({ url }) =>
      url.includes('next') ? { status: 400 } : { body: {} },
    );
    await using client = openClient();
    await readPageOf(client, partner, { allVersions: true, addedAfter: after });
    const fault = await faultOf(
      readPageOf(client, partner, { allVersions: true, addedAfter: after, next: 'x' }),
    );
    assert.equal(fault.code, 'request.refused');
    assert.equal(fault.status, 400);
    assert.equal(partner.seen.length, 2);
  });

  test('is tried in each way at most once, and the first refusal is told', async () => {
    await using partner = await startPartner((_seen, index) => ({
      status: 400,
      body: { title: `no ${index}` },
    }));
    await using client = openClient();
    const fault = await faultOf(readPageOf(client, partner, { allVersions: true, addedAfter: after }));
    assert.match(fault.detail, /no 0/);
    assert.equal(partner.seen.length, 4);
    assert.deepEqual(client.waits, []);
  });
});
