import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bearer, faultOf, openClient, readPageOf, startPartner } from './client-kit.ts';

const to = (location: string, status = 302) => ({
  status,
  headers: { location },
  body: '<html>moved</html>',
});

describe('a redirect', () => {
  test('on the same origin is followed for a GET, with who we are', async () => {
    for (const status of [301, 302, 307, 308]) {
      await using partner = await startPartner(({ url }) =>
        url.startsWith('/new/') ? { body: { more: true } } : to('/new/?page=2#part', status),
      );
      await using client = openClient({ credentials: bearer('abc') });
      assert.equal((await readPageOf(client, partner)).more, true);
      assert.deepEqual(
        partner.seen.map(({ url, headers }) => [url, headers.authorization]),
        [
          ['/root/collections/c/objects/?limit=10', 'Bearer abc'],
          ['/new/?page=2', 'Bearer abc'],
        ],
      );
    }
  });

  test('may be relative, or absolute with the same origin', async () => {
    await using partner = await startPartner(({ url, headers }, index) => {
      if (index === 0) return to('../c/items/');
      return url.endsWith('/items/') ? to(`http://${headers.host}/end/`) : { body: {} };
    });
    await using client = openClient();
    await readPageOf(client, partner);
    assert.deepEqual(
      partner.seen.slice(1).map(({ url }) => url),
      ['/root/collections/c/c/items/', '/end/'],
    );
  });

  test('keeps a POST a POST with its body', async () => {
    for (const status of [307, 308]) {
      await using partner = await startPartner(({ url }) =>
        url === '/new/' ? { status: 202, body: { status: 'complete' } } : to('/new/', status),
      );
      await using client = openClient();
      await client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{"objects":[]}'));
      assert.deepEqual(
        partner.seen.map(({ method, body }) => `${method} ${body}`),
        ['POST {"objects":[]}', 'POST {"objects":[]}'],
      );
    }
  });

  test('that would turn a POST into a GET is refused', async () => {
    for (const status of [301, 302, 303]) {
      await using partner = await startPartner(() => to('/new/', status));
      await using client = openClient();
      const call = client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{}'));
      assert.equal((await faultOf(call)).code, 'redirect.refused');
      assert.equal(partner.seen.length, 1);
    }
  });

  test('to another port, host or scheme is refused, and nothing goes there', async () => {
    await using other = await startPartner(() => ({ body: {} }));
    for (const location of [
      other.origin,
      `http://localhost:${other.port}/`,
      `https://127.0.0.1:${other.port}/`,
      '//evil.example/',
      'file:///etc/passwd',
    ]) {
      await using partner = await startPartner(() => to(location));
      await using client = openClient({ credentials: bearer('abc') });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'redirect.refused', location);
      assert.equal(fault.status, 302);
      assert.match(fault.detail, /another origin/, location);
      assert.deepEqual(client.waits, []);
    }
    assert.equal(other.connections(), 0);
  });

  test('to https of the same host is another origin too, which the feed should name', async () => {
    await using partner = await startPartner(({ headers }) => to(`https://${headers.host}/root/`));
    await using client = openClient();
    const fault = await faultOf(readPageOf(client, partner));
    assert.equal(fault.code, 'redirect.refused');
    assert.match(fault.detail, /https:\/\/127\.0\.0\.1:\d+, another origin\..*URL/);
    assert.equal(partner.connections(), 1);
  });

  test('that leads nowhere, or holds a user, or is of another kind, is refused', async () => {
    const replies = [
      { status: 302 },
      { status: 302, headers: { location: 'http://[' } },
      { status: 302, headers: { location: ['/a/', '/b/'] } },
      { status: 300, headers: { location: '/new/' } },
      { status: 304 },
    ];
    for (const reply of replies) {
      await using partner = await startPartner(() => reply);
      await using client = openClient();
      assert.equal((await faultOf(readPageOf(client, partner))).code, 'redirect.refused');
    }
    await using partner = await startPartner(({ headers }) => to(`http://user:pw@${headers.host}/new/`));
    await using client = openClient();
    assert.equal((await faultOf(readPageOf(client, partner))).code, 'redirect.refused');
    assert.equal(partner.seen.length, 1);
  });

  test('is followed as often as is allowed, and not once more', async () => {
    const start = (times: number) =>
      startPartner((_seen, index) => (index < times ? to(`/step/${index}/`) : { body: {} }));
    await using enough = await start(2);
    await using client = openClient({ limits: { maxRedirects: 2 } });
    await readPageOf(client, enough);
    assert.equal(enough.seen.length, 3);

    await using loop = await start(Infinity);
    await using second = openClient({ limits: { maxRedirects: 2 } });
    const fault = await faultOf(readPageOf(second, loop));
    assert.equal(fault.code, 'redirect.refused');
    assert.equal(loop.seen.length, 3);

    await using none = await start(1);
    await using third = openClient({ limits: { maxRedirects: 0 } });
    assert.equal((await faultOf(readPageOf(third, none))).code, 'redirect.refused');
    assert.equal(none.seen.length, 1);
  });
});
