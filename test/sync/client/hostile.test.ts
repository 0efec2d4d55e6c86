import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { createBodyReader } from '../../../server/sync/client/answer-body.ts';
import { resolvePartner } from '../../../server/sync/partner.ts';
import {
  bearer,
  faultOf,
  openClient,
  readPageOf,
  startPartner,
  type Reply,
  type Seen,
} from './client-kit.ts';

const SECRET = 'Hunter2-Token';
const ROOT = { versions: ['application/taxii+json;version=2.1'] };

/** A partner that answers each path by its end. */
function startEchoing(answers: Readonly<Record<string, (secret: string) => Reply>>) {
  return startPartner(({ url, headers }: Seen) => {
    const end = Object.keys(answers).find((path) => url.split('?')[0]?.endsWith(path)) ?? '';
    return answers[end]?.(headers.authorization ?? '') ?? { body: ROOT };
  });
}

describe('a partner that wants to harm', () => {
  test('does not fill the memory by values that take more of it than their text', async () => {
    for (const value of ['[]', '{}', '1', '{"\\u0061":1}']) {
      const most = 1_100_000;
      const text = `{"objects":[],"x":[${`${value},`.repeat(most)}${value}]}`;
      const packed = gzipSync(text, { level: 1 });
      await using partner = await startPartner(() => ({
        headers: { 'content-encoding': 'gzip' },
        body: packed,
      }));
      await using client = openClient({ limits: { maxAnswerBytes: 33_554_432 } });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'answer.too-large', value);
      assert.match(fault.detail, /more than 1000000 values/);
    }
  });

  test('does not fill the memory by chunks of a single byte', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = (): void => void runInNewContext('gc()');
    const bytes = 500_000;
    let read: Uint8Array | undefined;
    const ignore = (): void => undefined;
    const reader = createBodyReader(undefined, bytes, {
      onEnd: (whole) => (read = whole),
      onError: (error) => assert.fail(String(error)),
      onFull: ignore,
      onReady: ignore,
    });
    collectGarbage();
    const before = process.memoryUsage();
    for (let count = 0; count < bytes; count += 1) reader.write(Buffer.of(0x78));
    collectGarbage();
    const after = process.memoryUsage();
    const held = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    reader.end();
    assert.equal(Buffer.from(read ?? []).toString(), 'x'.repeat(bytes));
    assert.ok(held < 5_000_000, `${held} bytes`);
  });

  test('may write as many commas and brackets into a text as fit', async () => {
    const object = { id: 'a', description: `,[{\\"${','.repeat(1_100_000)}` };
    await using partner = await startPartner(() => ({ body: { objects: [object] } }));
    await using client = openClient({ limits: { maxAnswerBytes: 33_554_432 } });
    assert.equal((await readPageOf(client, partner)).objects.length, 1);
  });

  test('does not lead to another kind of address that says it is of the same origin', async () => {
    await using partner = await startPartner(({ headers }) => ({
      status: 302,
      headers: { location: `blob:http://${headers.host ?? ''}/other/` },
    }));
    await using client = openClient();
    const fault = await faultOf(readPageOf(client, partner));
    assert.equal(fault.code, 'redirect.refused');
    assert.equal(partner.seen.length, 1);
  });

  test('gives no time and no number that a backup could not be restored with', async () => {
    const times = [
      '9999-12-31T23:59:59.999999Z',
      '2255-06-06T00:00:00Z',
      '1969-12-31T23:59:59Z',
      '1970-01-01T00:00:00Z',
    ];
    for (const time of times) {
      await using partner = await startPartner(() => ({
        headers: { 'x-taxii-date-added-first': time, 'x-taxii-date-added-last': time },
        body: { objects: [{ id: 'a', date_added: time }], versions: [], max_content_length: 2 ** 53 - 1 },
      }));
      await using client = openClient();
      const address = { apiRoot: `${partner.origin}root/`, collection: 'c' };
      const page = await readPageOf(client, partner);
      assert.deepEqual([page.first, page.last], [undefined, undefined], time);
      const manifest = await client.readManifest(address, { limit: 1, allVersions: false });
      assert.deepEqual([manifest.last, manifest.records], [undefined, []], time);
      const service = await client.readService(address.apiRoot);
      assert.deepEqual(service, { kind: 'api-root', maxContentLength: undefined });
    }
  });

  test('names no ids and addresses that are too long to be kept', async () => {
    await using partner = await startEchoing({
      '/collections/': () => ({
        body: { collections: [{ id: 'a'.repeat(1024) }, { id: 'b'.repeat(1025), title: 'wanted' }] },
      }),
      '/taxii2/': () => ({
        body: { title: 'x', api_roots: [`/${'c'.repeat(3000)}/`, '/root/'] },
      }),
    });
    await using client = openClient();
    const listed = await client.listCollections(`${partner.origin}root/`);
    assert.deepEqual(
      listed.map(({ id }) => id.length),
      [1024],
    );
    const service = await client.readService(`${partner.origin}taxii2/`);
    assert.deepEqual(service, { kind: 'discovery', apiRoots: [`${partner.origin}root/`] });
  });
});

describe('a partner that echoes our secret', () => {
  test('does not get it into what is told of its collections and API roots', async () => {
    await using partner = await startEchoing({
      '/collections/': (secret) => ({
        body: {
          collections: [
            { id: 'a', title: `for ${secret}` },
            { id: secret, title: 'other' },
          ],
        },
      }),
      '/taxii2/': (secret) => ({
        body: { title: 'x', api_roots: [`https://elsewhere.example/${encodeURIComponent(secret)}/`] },
      }),
    });
    await using client = openClient({ credentials: bearer(SECRET) });
    for (const [path, told] of [
      ['root/', /"for \[secret\]" \(a\)$/],
      ['taxii2/', /names no API root/],
    ] as const) {
      const feed = { url: `${partner.origin}${path}`, collection: 'wanted' };
      const { detail } = await faultOf(resolvePartner(client, feed, undefined, 'read'));
      assert.match(detail, told);
      assert.ok(!detail.includes(SECRET), detail);
    }
  });

  test('does not get it into what is kept between runs', async () => {
    await using partner = await startEchoing({
      '/taxii2/': (secret) => ({
        body: { title: 'x', api_roots: [`/${encodeURIComponent(secret)}/`, '/root/'] },
      }),
      '/objects/': (secret) => ({ body: { id: `status-${secret}`, objects: [], next: `1.${secret}` } }),
    });
    await using client = openClient({ credentials: bearer(SECRET) });
    const service = await client.readService(`${partner.origin}taxii2/`);
    assert.deepEqual(service, { kind: 'discovery', apiRoots: [`${partner.origin}root/`] });
    assert.equal((await readPageOf(client, partner)).next, undefined);
    const address = { apiRoot: `${partner.origin}root/`, collection: 'c' };
    assert.equal((await client.addObjects(address, Buffer.from('{"objects":[{}]}'))).id, undefined);
  });

  test('is believed where the secret is so short that it stands anywhere', async () => {
    await using partner = await startPartner(() => ({ body: { objects: [], next: 'abc-1' } }));
    await using client = openClient({ credentials: bearer('abc') });
    assert.equal((await readPageOf(client, partner)).next, 'abc-1');
  });
});

test('what is known of a partner is not used on another origin than the feed names', async () => {
  await using partner = await startEchoing({
    '/collections/': () => ({ body: { collections: [{ id: 'a', title: 'wanted' }] } }),
  });
  await using other = await startPartner(() => ({ body: { objects: [] } }));
  await using client = openClient({ credentials: bearer(SECRET) });
  const feed = { url: `${partner.origin}root/`, collection: 'wanted' };
  for (const apiRoot of [`${other.origin}root/`, 'no address', 'blob:nothing']) {
    const found = await resolvePartner(client, feed, { apiRoot, collection: 'c' }, 'read');
    assert.deepEqual(found, { apiRoot: feed.url, collection: 'a' });
  }
  const known = { apiRoot: `${partner.origin}elsewhere/`, collection: 'c' };
  assert.equal(await resolvePartner(client, feed, known, 'read'), known);
  assert.equal(other.seen.length, 0);
});
