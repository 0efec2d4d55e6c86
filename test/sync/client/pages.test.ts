import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseTaxiiTimestamp } from '../../../server/domain/timestamp.ts';
import type { PartnerManifest, PartnerPage } from '../../../server/sync/client/taxii-client.ts';
import { faultOf, openClient, QUERY, readPageOf, startPartner, type Reply } from './client-kit.ts';

async function pageFor(reply: Reply): Promise<PartnerPage> {
  await using partner = await startPartner(() => reply);
  await using client = openClient({ limits: { maxRetries: 0 } });
  return await readPageOf(client, partner);
}

async function manifestFor(reply: Reply): Promise<PartnerManifest> {
  await using partner = await startPartner(() => reply);
  await using client = openClient({ limits: { maxRetries: 0 } });
  return await client.readManifest({ apiRoot: partner.origin, collection: 'c' }, QUERY);
}

const codeFor = async (reply: Reply): Promise<string> => (await faultOf(pageFor(reply))).code;

describe('a page', () => {
  test('gives its objects byte for byte, and the digest of its body (TAXII 2.1, 3.7)', async () => {
    const first = '{ "id":"a--1",\t"n": 1.50, "é":"\\u00e9" }';
    const body = `{"more":true, "objects": [\n${first} ,{}, 5 ],"next":"n"}`;
    const page = await pageFor({ body });
    assert.deepEqual(
      page.objects.map(({ text }) => text),
      [first, '{}', '5'],
    );
    assert.equal(page.more, true);
    assert.equal(page.next, 'n');
    assert.equal(page.digest, createHash('sha256').update(body).digest('hex'));
  });

  test('may be empty, with or without a list', async () => {
    for (const body of ['{}', '{"objects":[]}', '{"objects":null}', '{"objects":{}}', '\ufeff{}', ' {}\n']) {
      const page = await pageFor({ body });
      assert.deepEqual([page.objects, page.more, page.next], [[], undefined, undefined], body);
    }
    assert.deepEqual((await pageFor({ status: 204 })).objects, []);
  });

  test('may be a bundle, which has no place in TAXII and is sent all the same', async () => {
    const body = { type: 'bundle', id: 'bundle--1', objects: [{ type: 'malware' }] };
    assert.equal((await pageFor({ body })).objects.length, 1);
  });

  test('tells a number for the next page as it is written, and nothing of other types', async () => {
    const nexts: readonly (readonly [string, string | undefined])[] = [
      ['7', '7'],
      ['0', '0'],
      ['12345678901234567890', '12345678901234567890'],
      ['"7"', '7'],
      ['""', undefined],
      ['1.5', undefined],
      ['1e3', undefined],
      ['true', undefined],
      ['null', undefined],
      ['{"a":1}', undefined],
      ['["x"]', undefined],
      [`"${'x'.repeat(8192)}"`, 'x'.repeat(8192)],
      [`"${'x'.repeat(8193)}"`, undefined],
    ];
    for (const [text, next] of nexts) {
      assert.equal((await pageFor({ body: `{"more":true,"next": ${text} }` })).next, next, text.slice(0, 30));
    }
  });

  test('says whether there is more only by true and false', async () => {
    for (const [text, more] of [
      ['true', true],
      ['false', false],
      ['"true"', undefined],
      ['1', undefined],
      ['null', undefined],
    ] as const) {
      assert.equal((await pageFor({ body: `{"more":${text}}` })).more, more, text);
    }
  });

  test('stands where its headers say, with 0 to 9 digits of a second (TAXII 2.1, 3.2)', async () => {
    const headers = {
      'x-taxii-date-added-first': '2020-01-01T00:00:00Z',
      'X-TAXII-Date-Added-Last': ' 2020-01-01T01:00:00.123456789+01:00 ',
      date: 'Wed, 01 Jan 2020 00:00:10 GMT',
    };
    const page = await pageFor({ headers, body: {} });
    assert.equal(page.first, parseTaxiiTimestamp('2020-01-01T00:00:00Z'));
    assert.equal(page.last, parseTaxiiTimestamp('2020-01-01T00:00:00.123456Z'));
    assert.equal(page.date, parseTaxiiTimestamp('2020-01-01T00:00:10Z'));
  });

  test('stands nowhere when its headers are missing, doubled, or no timestamps', async () => {
    const none = await pageFor({ body: {}, headers: { date: 'yesterday' } });
    assert.deepEqual([none.first, none.last, none.date], [undefined, undefined, undefined]);
    for (const text of [
      'undefined',
      'null',
      '',
      '2020-13-01T00:00:00Z',
      'Wed, 01 Jan 2020 00:00:10 GMT',
      '1577836800',
    ]) {
      assert.equal(
        (await pageFor({ body: {}, headers: { 'x-taxii-date-added-last': text } })).last,
        undefined,
        text,
      );
    }
    const twice = ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'];
    assert.equal(
      (await pageFor({ body: {}, headers: { 'x-taxii-date-added-last': twice } })).last,
      undefined,
    );
  });

  test('is read whatever type it says it has, as long as it is JSON', async () => {
    for (const type of [
      'application/taxii+json',
      'application/taxii+json; version=2.1; charset=utf-8',
      'application/json',
      'application/vnd.oasis.stix+json; version=2.0',
      'text/plain',
      'rubbish',
      '',
    ]) {
      assert.equal(
        (await pageFor({ body: '{"more":true}', headers: { 'content-type': type } })).more,
        true,
        type,
      );
    }
  });

  test('of HTML is unreadable, also when it could be JSON', async () => {
    for (const type of ['text/html', 'Text/HTML; charset=utf-8', 'application/xhtml+xml']) {
      assert.equal(
        await codeFor({ body: '{}', headers: { 'content-type': type } }),
        'answer.unreadable',
        type,
      );
    }
    assert.equal(await codeFor({ body: '<!doctype html><p>Log in</p>' }), 'answer.unreadable');
  });

  test('that says it is TAXII 2.0 is refused', async () => {
    for (const type of [
      'application/vnd.oasis.taxii+json; version=2.0',
      'application/taxii+json;version="2.0"',
      'application/taxii+json; Version=2.0; charset=utf-8',
    ]) {
      assert.equal(await codeFor({ body: '{}', headers: { 'content-type': type } }), 'media.refused', type);
    }
  });

  test('that is no JSON object is unreadable', async () => {
    const broken = ['{"a":}', '{} {}', '{"objects":[],"objects":[]}', "{'a':1}"];
    for (const body of ['', '[]', '[{}]', 'null', '5', '"x"', 'not json', ...broken]) {
      assert.equal(await codeFor({ body }), 'answer.unreadable', body);
    }
    assert.equal(await codeFor({ body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }), 'answer.unreadable');
    const many = `{${Array.from({ length: 200 }, () => '"objects":[]').join(',')}}`;
    assert.equal(await codeFor({ body: many }), 'answer.unreadable');
  });

  test('nests as deep as is allowed, and not a level deeper', async () => {
    const nested = (levels: number): string =>
      `{"objects":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;
    await pageFor({ body: nested(20) });
    // With fewer objects the one is found that does.
    assert.equal(await codeFor({ body: nested(21) }), 'answer.too-large');
    assert.equal(await codeFor({ body: nested(21).slice(0, -1) }), 'answer.unreadable');
  });

  test('has as many objects as are allowed, and not one more', async () => {
    const body = (objects: number) => ({ objects: Array.from({ length: objects }, () => ({})) });
    assert.equal((await pageFor({ body: body(10) })).objects.length, 10);
    assert.equal(await codeFor({ body: body(11) }), 'answer.too-large');
  });

  test('says of an object what is wrong with it as JSON, and is read', async () => {
    const page = await pageFor({ body: '{"objects":[{"a":1,"a":2},{"b":1}]}' });
    assert.deepEqual(
      page.objects.map(({ faults }) => faults.length),
      [1, 0],
    );
  });

  test('that is an error, whatever its status, is not an empty page', async () => {
    assert.equal(await codeFor({ body: { title: 'Unauthorized', http_status: '401' } }), 'partner.failed');
  });
});

describe('a page of a manifest', () => {
  test('gives the records that have an id and a timestamp (TAXII 2.1, 5.3)', async () => {
    const manifest = await manifestFor({
      headers: { 'x-taxii-date-added-last': '2020-01-01T00:00:00Z' },
      body: {
        more: true,
        objects: [
          { id: 'a--1', date_added: '2020-01-01T00:00:00.1Z', version: 'v' },
          { id: 'a--2', date_added: 'yesterday' },
          { id: 'a--3', date_added: 5 },
          { date_added: '2020-01-01T00:00:00Z' },
          'a--4',
          null,
        ],
      },
    });
    assert.deepEqual(manifest.records, [
      { id: 'a--1', dateAdded: parseTaxiiTimestamp('2020-01-01T00:00:00.1Z') },
    ]);
    assert.equal(manifest.more, true);
    assert.equal(manifest.last, parseTaxiiTimestamp('2020-01-01T00:00:00Z'));
  });

  test('may be empty', async () => {
    const manifest = await manifestFor({ body: {} });
    assert.deepEqual([manifest.records, manifest.more], [[], undefined]);
  });
});
