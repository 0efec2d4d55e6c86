import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type Answer, type TestServer } from '../support/test-server.ts';
import { campaign, domainName, oldCampaign, sample, toStixId, toTime } from './stix-samples.ts';
import { firstOf, itemsOf, lastOf } from './walk.ts';

const FIXED = '1970-01-01T00:00:00.000000Z';
const one = toStixId('campaign', 1);

describe('filters (TAXII 2.1, 3.4)', () => {
  let server: TestServer;
  let versioned: string;
  let empty: string;
  const mixed = '/feed/collections/mixed/';

  before(async () => {
    server = await startTestServer();
    versioned = server.scratch();
    empty = server.scratch();
    // Posted out of the order of their versions, one request each, so that date_added and version differ.
    await server.post(versioned, [campaign(1, 2), sample('malware', 2, 0, { name: 'm', is_family: false })]);
    await server.post(versioned, [campaign(1, 1), sample('tool', 3, 0, { name: 't' })]);
    await server.post(versioned, [campaign(1, 3), campaign(4, 0), domainName(5)]);
    await server.post(mixed, [
      oldCampaign(1, 0),
      oldCampaign(1, 1),
      campaign(1, 2),
      campaign(1, 3),
      oldCampaign(2, 5),
    ]);
    // The newest version of this one is STIX 2.0.
    await server.post(mixed, [campaign(3, 0), oldCampaign(3, 9)]);
  });
  after(() => server[Symbol.asyncDispose]());

  const find = async (path: string, query = ''): Promise<readonly string[]> => {
    const answer = await server.get(`${path}?${query}`);
    assert.equal(answer.status, 200, `${query}: ${answer.text}`);
    return itemsOf(answer);
  };
  const named = (n: number, version: number): string => `${toStixId('campaign', n)} ${toTime(version)}`;
  const onObjectsAndManifest = async (query: string, wanted: readonly string[]): Promise<void> => {
    const ids = (items: readonly string[]): readonly string[] => items.map((item) => item.trim());
    assert.deepEqual(ids(await find(`${versioned}objects/`, query)), ids(wanted), query);
    const records = await find(`${versioned}manifest/`, query);
    assert.deepEqual(
      records.map((record) => record.replace(` ${FIXED}`, '')),
      ids(wanted),
      query,
    );
  };

  const malware = `${toStixId('malware', 2)} ${toTime(0)}`;
  const tool = `${toStixId('tool', 3)} ${toTime(0)}`;
  const observable = toStixId('domain-name', 5);

  test('a list comes in the order of date_added, newest last, with the latest versions alone (TAXII 2.1, 3.3 and 3.4)', async () => {
    await onObjectsAndManifest('', [malware, tool, named(1, 3), named(4, 0), observable]);
    const { objects = [] } = (await server.get(`${versioned}manifest/?match[version]=all`)).resource();
    const dates = objects.map(({ date_added }) => date_added);
    assert.deepEqual(dates, dates.toSorted());
    assert.equal(new Set(dates).size, dates.length);
    for (const date of dates) assert.match(String(date), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  test('values of one match field are joined by OR (TAXII 2.1, 3.4; interoperability 3.13.1.7)', async () => {
    await onObjectsAndManifest('match[type]=malware,tool', [malware, tool]);
    await onObjectsAndManifest(`match[id]=${observable},${toStixId('malware', 2)}`, [malware, observable]);
    await onObjectsAndManifest('match[type]=malware,no-such-type', [malware]);
  });

  test('different match fields are joined by AND (TAXII 2.1, 3.4; interoperability 3.13.1.8)', async () => {
    await onObjectsAndManifest(`match[type]=malware&match[id]=${toStixId('malware', 2)}`, [malware]);
    await onObjectsAndManifest(`match[type]=tool&match[id]=${toStixId('malware', 2)}`, []);
    await onObjectsAndManifest('match[type]=campaign&match[spec_version]=2.1', [named(1, 3), named(4, 0)]);
  });

  test('AND across fields and OR inside them hold together, and with added_after and limit (TAXII 2.1, 3.4; interoperability 3.13.1.9)', async () => {
    const query = `match[type]=malware,campaign&match[id]=${toStixId('malware', 2)},${one},${observable}`;
    await onObjectsAndManifest(query, [malware, named(1, 3)]);
    await onObjectsAndManifest(`${query}&limit=1`, [malware]);
    const first = await server.get(`${versioned}objects/?${query}&limit=1`);
    await onObjectsAndManifest(`${query}&added_after=${lastOf(first)}`, [named(1, 3)]);
  });

  test('a type of STIX or of anybody matches literally and is never an error (TAXII 2.1, 3.4)', async () => {
    for (const type of [
      'indicator',
      'extension-definition',
      'x-odd',
      'bundle',
      'CAMPAIGN',
      'identity',
      '%00',
      '*',
    ]) {
      await onObjectsAndManifest(`match[type]=${type}`, []);
    }
  });

  test('an id that is not there matches nothing, in an envelope without objects (TAXII 2.1, 3.7)', async () => {
    for (const id of [toStixId('campaign', 99), 'nonsense', 'campaign--1']) {
      const answer = await server.get(`${versioned}objects/?match[id]=${id}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '{}');
    }
  });

  test('an empty collection gives an empty object for objects and manifest (TAXII 2.1, 2 and 3.7)', async () => {
    for (const list of ['objects/', 'manifest/']) assert.equal((await server.get(empty + list)).text, '{}');
  });

  test('added_after is exclusive, to the microsecond (TAXII 2.1, 3.4)', async () => {
    const { objects = [] } = (await server.get(`${versioned}manifest/?match[version]=all`)).resource();
    for (const [index, { date_added }] of objects.entries()) {
      const rest = await find(`${versioned}manifest/`, `match[version]=all&added_after=${date_added ?? ''}`);
      assert.equal(rest.length, objects.length - index - 1);
    }
  });

  const VERSIONS: readonly (readonly [string, readonly number[]])[] = [
    ['', [3]],
    ['match[version]=last', [3]],
    ['match[version]=first', [1]],
    ['match[version]=all', [2, 1, 3]],
    ['match[version]=first,last', [1, 3]],
    ['match[version]=last,first', [1, 3]],
    [`match[version]=${toTime(2)}`, [2]],
    [`match[version]=${toTime(2)},${toTime(1)}`, [2, 1]],
    [`match[version]=first,${toTime(2)},last`, [2, 1, 3]],
    [`match[version]=last,${toTime(3)}`, [3]],
    [`match[version]=${toTime(2)},${toTime(9)}`, [2]],
    [`match[version]=${toTime(2).replace('Z', '000Z')}`, [2]],
  ];

  test('match[version] takes last, first, all, exact times and their combinations on objects, manifest and one object (TAXII 2.1, 3.4)', async () => {
    for (const [query, versions] of VERSIONS) {
      const wanted = versions.map((version) => named(1, version));
      assert.deepEqual(await find(`${versioned}objects/`, `match[id]=${one}&${query}`), wanted, query);
      assert.deepEqual(await find(`${versioned}manifest/`, `match[id]=${one}&${query}`), wanted, query);
      assert.deepEqual(await find(`${versioned}objects/${one}/`, query), wanted, query);
    }
  });

  test('last is the latest version of all, also when an older one was added after it (TAXII 2.1, 3.4)', async () => {
    const late = server.scratch();
    await server.post(late, [campaign(1, 5)]);
    const before = lastOf(await server.get(`${late}objects/`));
    await server.post(late, [campaign(1, 4)]);
    assert.deepEqual(await find(`${late}objects/`, `added_after=${before}`), []);
    assert.deepEqual(await find(`${late}objects/`, `added_after=${before}&match[version]=all`), [
      named(1, 4),
    ]);
  });

  test('versions lists every version of an object in the order of date_added and takes no match[version] (TAXII 2.1, 5.8)', async () => {
    const path = `${versioned}objects/${one}/versions/`;
    const wanted = [toTime(2), toTime(1), toTime(3)];
    for (const query of ['', 'match[version]=last', 'match[version]=nonsense', 'match[spec_version]=2.1']) {
      assert.deepEqual(await find(path, query), wanted, query);
    }
    assert.deepEqual(await find(path, 'limit=1'), [toTime(2)]);
    assert.equal((await server.get(`${path}?match[spec_version]=2.0`)).text, '{}');
  });

  test('an object without modified has created as its version, and one without either a fixed version (TAXII 2.1, 3.4)', async () => {
    const meta = server.scratch();
    const created = toTime(7);
    const statement = { definition_type: 'statement', definition: { statement: 's' } };
    const marking = {
      type: 'marking-definition',
      spec_version: '2.1',
      id: toStixId('marking-definition', 1),
      created,
      ...statement,
    };
    const status = (await server.post(meta, [marking, domainName(1)])).resource();
    assert.deepEqual(
      status.successes?.map(({ version }) => version),
      [created, FIXED],
    );
    for (const [id, version] of [
      [marking.id, created],
      [toStixId('domain-name', 1), FIXED],
    ] as const) {
      const { objects } = (await server.get(`${meta}manifest/?match[id]=${id}`)).resource();
      assert.equal(objects?.[0]?.version, version);
      assert.deepEqual((await server.get(`${meta}objects/${id}/versions/`)).resource().versions, [version]);
      assert.equal((await find(`${meta}objects/${id}/`, `match[version]=${version}`)).length, 1);
      assert.equal((await find(`${meta}objects/`, `match[version]=${version}`)).length, 1);
    }
  });

  test('without match[spec_version] only the highest spec version of each object is shown (TAXII 2.1, 3.4)', async () => {
    const wanted = [named(1, 3), named(2, 5), named(3, 0)];
    assert.deepEqual(await find(`${mixed}objects/`), wanted);
    assert.deepEqual(await find(`${mixed}manifest/`), wanted);
    assert.deepEqual(await find(`${mixed}objects/`, 'match[version]=all'), [
      named(1, 2),
      named(1, 3),
      named(2, 5),
      named(3, 0),
    ]);
    assert.deepEqual(await find(`${mixed}objects/`, 'match[version]=first'), [
      named(1, 2),
      named(2, 5),
      named(3, 0),
    ]);
    assert.deepEqual(await find(`${mixed}objects/${one}/versions/`), [toTime(2), toTime(3)]);
  });

  test('match[spec_version] shows these spec versions alone, and last and first are judged among them (TAXII 2.1, 3.4)', async () => {
    const old = 'match[spec_version]=2.0';
    assert.deepEqual(await find(`${mixed}objects/`, old), [named(1, 1), named(2, 5), named(3, 9)]);
    assert.deepEqual(await find(`${mixed}objects/`, `${old}&match[version]=first`), [
      named(1, 0),
      named(2, 5),
      named(3, 9),
    ]);
    assert.deepEqual(await find(`${mixed}objects/${one}/`, `${old}&match[version]=all`), [
      named(1, 0),
      named(1, 1),
    ]);
    assert.deepEqual(await find(`${mixed}objects/${one}/versions/`, old), [toTime(0), toTime(1)]);
    assert.deepEqual(await find(`${mixed}objects/`, 'match[spec_version]=2.1'), [named(1, 3), named(3, 0)]);
    const both = 'match[spec_version]=2.0,2.1';
    assert.deepEqual(await find(`${mixed}objects/`, both), [named(1, 3), named(2, 5), named(3, 9)]);
    assert.deepEqual(await find(`${mixed}objects/${one}/versions/`, both), [0, 1, 2, 3].map(toTime));
    const answer = await server.get(`${mixed}objects/?${old}`);
    assert.doesNotMatch(answer.text, /spec_version/);
  });

  test('a manifest record names the media type of its version (TAXII 2.1, 5.3.1)', async () => {
    const { objects = [] } = (
      await server.get(`${mixed}manifest/?match[spec_version]=2.0,2.1&match[version]=all`)
    ).resource();
    const types = new Map(
      objects.map(({ id, version, media_type }) => [`${id} ${version ?? ''}`, media_type]),
    );
    assert.equal(types.size, 7);
    assert.equal(types.get(named(1, 1)), 'application/stix+json;version=2.0');
    assert.equal(types.get(named(1, 2)), 'application/stix+json;version=2.1');
    const record = objects[0] ?? { id: '' };
    assert.deepEqual(Object.keys(record).toSorted(), ['date_added', 'id', 'media_type', 'version']);
  });

  const lists = (): readonly string[] => [
    `${versioned}objects/`,
    `${versioned}manifest/`,
    `${versioned}objects/${one}/`,
    `${versioned}objects/${one}/versions/`,
  ];

  test('X-TAXII-Date-Added-First and -Last are those of the first and last object of the page (TAXII 2.1, 3.2)', async () => {
    for (const path of lists()) {
      const query = path.includes('versions') ? '' : 'match[version]=all';
      const answer = await server.get(`${path}?${query}`);
      const one_ = path.includes(one) ? `&match[id]=${one}` : '';
      const { objects = [] } = (
        await server.get(`${versioned}manifest/?match[version]=all${one_}`)
      ).resource();
      assert.equal(firstOf(answer), objects[0]?.date_added, path);
      assert.equal(lastOf(answer), objects.at(-1)?.date_added, path);
      assert.equal(objects.length, itemsOf(answer).length);
    }
  });

  const dates = ({ headers }: Answer): readonly unknown[] => [
    headers['x-taxii-date-added-first'],
    headers['x-taxii-date-added-last'],
  ];

  test('an empty page echoes added_after, with six digits, in both headers, and has none where nothing was asked (TAXII 2.1, 3.2)', async () => {
    const echo = '2999-01-01T00:00:00.500000Z';
    for (const path of [...lists(), `${empty}objects/`]) {
      assert.deepEqual(dates(await server.get(`${path}?added_after=2999-01-01T00:00:00.5Z`)), [echo, echo]);
    }
    assert.deepEqual(dates(await server.get(`${empty}objects/`)), [undefined, undefined]);
    assert.deepEqual(dates(await server.get(`${versioned}objects/?match[type]=x-none`)), [
      undefined,
      undefined,
    ]);
  });

  test('no other endpoint has the X-TAXII headers (TAXII 2.1, 3.2)', async () => {
    for (const path of [
      '/taxii2/',
      '/feed/',
      '/feed/collections/',
      versioned,
      `${versioned}objects/${toStixId('campaign', 99)}/`,
    ]) {
      assert.deepEqual(dates(await server.get(path)), [undefined, undefined], path);
    }
    assert.deepEqual(dates(await server.post(server.scratch(), [campaign(1)])), [undefined, undefined]);
  });

  test('one object in no version that was asked for is an empty envelope for a keyword and 404 for an exact version (TAXII 2.1, 5.6)', async () => {
    const path = `${versioned}objects/${one}/`;
    assert.equal((await server.get(`${path}?match[spec_version]=2.0`)).text, '{}');
    assert.equal((await server.get(`${path}?match[version]=${toTime(9)}`)).status, 404);
    assert.deepEqual(await find(path, `match[version]=last,${toTime(9)}`), [named(1, 3)]);
  });

  test('an unknown object is 404, alone and in its versions (TAXII 2.1, 5.6 and 5.8)', async () => {
    for (const id of [toStixId('campaign', 99), 'nonsense', '%00', 'campaign--1%2F2']) {
      for (const tail of ['', 'versions/', '?match[version]=all', '?added_after=2999-01-01T00:00:00Z']) {
        assert.equal((await server.get(`${versioned}objects/${id}/${tail}`)).status, 404, id + tail);
      }
    }
  });
});
