import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PartnerCollection, Service } from '../../../server/sync/client/taxii-client.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { resolvePartner } from '../../../server/sync/partner.ts';

const ORIGIN = 'https://partner.example';
const ROOT = `${ORIGIN}/api/`;
const ID = '9a7f0000-0000-4000-8000-000000000001';

function toCollection(given: Partial<PartnerCollection> = {}): PartnerCollection {
  return { id: ID, title: 'Shared', alias: 'shared', canRead: true, canWrite: true, ...given };
}

interface Partner {
  readonly services: Readonly<Record<string, Service>>;
  readonly roots: Readonly<Record<string, readonly PartnerCollection[] | PartnerFault>>;
}

const ONE: Partner = {
  services: { [ROOT]: { kind: 'api-root', maxContentLength: 1_000 } },
  roots: { [ROOT]: [toCollection()] },
};

async function resolve(partner: Partner, collection: string, url = ROOT, need: 'read' | 'write' = 'read') {
  const asked: string[] = [];
  const found = await resolvePartner(
    {
      async readService(address) {
        asked.push(address);
        const service = partner.services[address];
        if (!service) throw new PartnerFault('not-found', 'There is nothing.');
        return service;
      },
      async listCollections(address) {
        asked.push(address);
        const listed = partner.roots[address];
        if (!listed) throw new PartnerFault('not-found', 'There is nothing.');
        if (listed instanceof PartnerFault) throw listed;
        return listed;
      },
    },
    { url, collection },
    undefined,
    need,
  );
  return { ...found, asked };
}

async function findFault(finding: Promise<unknown>): Promise<string> {
  const fault: unknown = await finding.then(
    () => assert.fail('it was found'),
    (error: unknown) => error,
  );
  assert.ok(fault instanceof PartnerFault);
  return `${fault.code}: ${fault.detail}`;
}

describe('the collection of a partner', () => {
  test('is found by its id in any case, its alias or its title', async () => {
    for (const name of [ID, ID.toUpperCase(), 'shared', 'Shared']) {
      const { apiRoot, collection, maxContentLength } = await resolve(ONE, name, `${ORIGIN}/api`);
      assert.deepEqual([apiRoot, collection, maxContentLength], [ROOT, ID, 1_000]);
    }
  });

  test('is taken as an earlier run found it, without a request', async () => {
    const known = { apiRoot: ROOT, collection: ID };
    const client = { readService: () => assert.fail('asked'), listCollections: () => assert.fail('asked') };
    const feed = { url: ROOT, collection: 'Shared' };
    assert.equal(await resolvePartner(client, feed, known, 'read'), known);
  });

  test('is looked for in every API root that discovery names on the same origin (TAXII 2.1, 4.1)', async () => {
    const [first, second, foreign] = [`${ORIGIN}/one/`, `${ORIGIN}/two/`, 'https://other.example/api/'];
    const partner: Partner = {
      services: {
        [`${ORIGIN}/taxii2/`]: { kind: 'discovery', apiRoots: [foreign, first, second] },
        [second]: { kind: 'api-root', maxContentLength: 5 },
      },
      roots: { [first]: new PartnerFault('access.denied', 'No.'), [second]: [toCollection()] },
    };
    const { apiRoot, maxContentLength, asked } = await resolve(partner, 'Shared', `${ORIGIN}/taxii2/`);
    assert.deepEqual([apiRoot, maxContentLength], [second, 5]);
    assert.ok(!asked.includes(foreign), 'nothing is sent to another origin');
  });

  test('is none when discovery names other origins alone', async () => {
    const services = { [ROOT]: { kind: 'discovery', apiRoots: ['https://other.example/api/'] } } as const;
    const fault = await findFault(resolve({ services, roots: {} }, 'Shared'));
    assert.match(fault, /^not-found: .*other hosts alone.*https:\/\/other\.example\/api\//);
  });

  test('is none when no API root may be looked at, for the reason that the first one gives', async () => {
    const partner = { ...ONE, roots: { [ROOT]: new PartnerFault('access.denied', 'Not you.') } };
    assert.equal(await findFault(resolve(partner, 'Shared')), 'access.denied: Not you.');
  });

  test('is none when it is called otherwise, and the others are told on one line', async () => {
    const listed = [toCollection({ title: 'One\u001b[2J\ntwo' })];
    const fault = await findFault(resolve({ ...ONE, roots: { [ROOT]: listed } }, 'Theirs'));
    assert.equal(
      fault,
      `collection.unusable: The partner shows no collection "Theirs". There are: "One [2J two" (${ID})`,
    );
  });

  test('is none when several have its title, and an id says which', async () => {
    const other = toCollection({ id: ID.replace(/1$/, '2'), alias: 'other' });
    const partner = { ...ONE, roots: { [ROOT]: [toCollection(), other] } };
    assert.match(await findFault(resolve(partner, 'Shared')), /^collection\.unusable: Several.*0001.*0002/);
    assert.equal((await resolve(partner, 'other')).collection, other.id);
    assert.equal((await resolve(partner, other.id)).collection, other.id);
  });

  test('is none without the right that is needed; one that is not said is taken for granted', async () => {
    const readOnly = { ...ONE, roots: { [ROOT]: [toCollection({ canWrite: false })] } };
    assert.match(
      await findFault(resolve(readOnly, 'Shared', ROOT, 'write')),
      /^collection\.unusable: .*written to/,
    );
    assert.equal((await resolve(readOnly, 'Shared', ROOT, 'read')).collection, ID);
    const unsaid = { ...ONE, roots: { [ROOT]: [toCollection({ canRead: undefined })] } };
    assert.equal((await resolve(unsaid, 'Shared', ROOT, 'read')).collection, ID);
  });
});
