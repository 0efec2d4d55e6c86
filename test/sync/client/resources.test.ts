import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PartnerStatus, Service } from '../../../server/sync/client/taxii-client.ts';
import { bearer, faultOf, openClient, startPartner } from './client-kit.ts';

async function serviceFor(body: string | object, path = 'taxii2/'): Promise<Service> {
  await using partner = await startPartner(() => ({ body }));
  await using client = openClient();
  const service = await client.readService(`${partner.origin}${path}`);
  if (service.kind === 'api-root') return service;
  return { ...service, apiRoots: service.apiRoots.map((root) => root.replace(partner.origin, 'HERE/')) };
}

const rootsFor = async (body: object): Promise<readonly string[]> => {
  const service = await serviceFor(body);
  return service.kind === 'discovery' ? service.apiRoots : [];
};

describe('a discovery', () => {
  test('gives absolute API roots with a slash at the end, the default first (TAXII 2.1, 4.1)', async () => {
    const api_roots = ['https://a.example/x', '/api1/', '/api2', 'HTTPS://B.example:443/y/'];
    assert.deepEqual(await rootsFor({ title: 'T', default: '/api2', api_roots }), [
      'HERE/api2/',
      'https://a.example/x/',
      'HERE/api1/',
      'https://b.example/y/',
    ]);
  });

  test('may have a default that is not among its API roots, one API root as a text, or none', async () => {
    assert.deepEqual(await rootsFor({ title: 'T', default: '/d/', api_roots: ['/a/'] }), [
      'HERE/d/',
      'HERE/a/',
    ]);
    assert.deepEqual(await rootsFor({ title: 'T', default: '/d/' }), ['HERE/d/']);
    assert.deepEqual(await rootsFor({ title: 'T', api_roots: '/a' }), ['HERE/a/']);
    assert.deepEqual(await rootsFor({ title: 'T' }), []);
  });

  test('gives no API root that nobody should ask', async () => {
    const bad = [
      '//evil.example/',
      'file:///etc/',
      'javascript:alert(1)',
      'https://u:p@a.example/',
      '/a/?x=1',
      5,
      null,
    ];
    assert.deepEqual(await rootsFor({ title: 'T', default: 7, api_roots: [...bad, 'http://[', '/ok/'] }), [
      'HERE/ok/',
    ]);
  });

  test('gives at most 100 API roots', async () => {
    const api_roots = Array.from({ length: 150 }, (_, index) => `/r${index}/`);
    assert.equal((await rootsFor({ title: 'T', api_roots })).length, 100);
  });
});

describe('an API root', () => {
  test('is known by its versions or its largest body (TAXII 2.1, 4.2)', async () => {
    const version = 'application/taxii+json;version=2.1';
    for (const [body, maxContentLength] of [
      [{ title: 'T', versions: [version], max_content_length: 1000 }, 1000],
      [{ display_name: 'T', versions: [version] }, undefined],
      [{ max_content_length: 5 }, 5],
      [{ title: 'T', versions: [version], max_content_length: 0 }, undefined],
      [{ title: 'T', versions: [version], max_content_length: -1 }, undefined],
      [{ title: 'T', versions: [version], max_content_length: '1000' }, undefined],
      [{ title: 'T', versions: [version], max_content_length: 1e300 }, undefined],
    ] as const) {
      assert.deepEqual(await serviceFor(body, 'root/'), { kind: 'api-root', maxContentLength });
    }
  });

  test('is not anything else', async () => {
    for (const body of ['{}', '{"collections":[]}']) {
      assert.equal((await faultOf(serviceFor(body))).code, 'answer.unreadable');
    }
  });
});

describe('the collections', () => {
  test('are those with an id, with what they say of themselves (TAXII 2.1, 5.1)', async () => {
    await using partner = await startPartner(() => ({
      body: {
        collections: [
          { id: 'a', title: 'A', alias: 'aa', can_read: true, can_write: false },
          { id: 'b', can_read: 'yes' },
          { title: 'no id' },
          { id: 5 },
          'c',
        ],
      },
    }));
    await using client = openClient();
    assert.deepEqual(await client.listCollections(partner.origin), [
      { id: 'a', title: 'A', alias: 'aa', canRead: true, canWrite: false },
      { id: 'b', title: 'b', alias: undefined, canRead: undefined, canWrite: undefined },
    ]);
  });

  test('may be none', async () => {
    for (const body of ['{}', '{"collections":[]}', '{"collections":null}']) {
      await using partner = await startPartner(() => ({ body }));
      await using client = openClient();
      assert.deepEqual(await client.listCollections(partner.origin), []);
    }
  });

  test('are unreadable as a list by itself', async () => {
    await using partner = await startPartner(() => ({ body: '[]' }));
    await using client = openClient();
    assert.equal((await faultOf(client.listCollections(partner.origin))).code, 'answer.unreadable');
  });
});

describe('a status', () => {
  async function statusFor(body: object, status = 202): Promise<PartnerStatus> {
    await using partner = await startPartner(() => ({ status, body }));
    await using client = openClient({
      credentials: bearer('hunter2'),
      limits: { maxAnswerBytes: 10_000_000 },
    });
    return await client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{}'));
  }

  test('comes with 202, or with 200, and says what became of each object (TAXII 2.1, 4.3)', async () => {
    const body = {
      id: 's',
      status: 'complete',
      total_count: 3,
      success_count: 2,
      failure_count: 1,
      pending_count: 0,
      failures: [{ id: 'a--1', version: 'v', message: 'bad' }, { id: 'a--2' }, { message: 'no id' }, 'x'],
    };
    for (const status of [200, 201, 202]) {
      assert.deepEqual(await statusFor(body, status), {
        id: 's',
        isComplete: true,
        successCount: 2,
        failureCount: 1,
        pendingCount: 0,
        failures: [
          { id: 'a--1', version: 'v', message: 'bad' },
          { id: 'a--2', version: undefined, message: undefined },
        ],
      });
    }
  });

  test('is borne when its counts do not add up, or are no counts', async () => {
    const found = await statusFor({
      status: 'pending',
      success_count: 5,
      failure_count: -1,
      pending_count: '7',
      failures: [{ id: 'a--1' }],
    });
    assert.deepEqual(found, {
      id: undefined,
      isComplete: false,
      successCount: 5,
      failureCount: 1,
      pendingCount: 0,
      failures: [{ id: 'a--1', version: undefined, message: undefined }],
    });
  });

  test('that does not say whether it is complete is, unless something is pending', async () => {
    assert.equal((await statusFor({})).isComplete, true);
    assert.equal((await statusFor({ pending_count: 1 })).isComplete, false);
    assert.equal((await statusFor({ status: 'Complete' })).isComplete, true);
    assert.equal((await statusFor({ status: 'done' })).isComplete, false);
  });

  test('gives at most 10,000 failures, each with a short message that is printable and holds no secret', async () => {
    const failures = Array.from({ length: 10_001 }, () => ({ id: 'a--1' }));
    assert.equal((await statusFor({ failures })).failures.length, 10_000);
    const [found] = (
      await statusFor({ failures: [{ id: 'a', message: `\u0007hunter2 ${'x'.repeat(500)}` }] })
    ).failures;
    assert.equal(found?.message, `[secret] ${'x'.repeat(191)}`);
  });

  test('is read again by its id', async () => {
    await using partner = await startPartner(() => ({ body: { id: 's/1', status: 'pending' } }));
    await using client = openClient();
    assert.equal((await client.readStatus(`${partner.origin}root/`, 's/1')).isComplete, false);
    assert.equal(partner.seen[0]?.url, '/root/status/s%2F1/');
  });
});
