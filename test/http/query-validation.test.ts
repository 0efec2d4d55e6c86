import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { campaigns, toStixId } from './stix-samples.ts';

const board = '/feed/collections/board/';
const LISTS = [
  `${board}objects/`,
  `${board}manifest/`,
  `${board}objects/${toStixId('campaign', 1)}/`,
  `${board}objects/${toStixId('campaign', 1)}/versions/`,
];

describe('query parameters (TAXII 2.1, 3.4)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ PAGE_LIMIT_MAX: '5', PAGE_LIMIT_DEFAULT: '5' });
    await server.post(board, campaigns(1, 12));
  });
  after(() => server[Symbol.asyncDispose]());

  async function expectStatus(
    status: number,
    paths: readonly string[],
    queries: readonly string[],
  ): Promise<void> {
    for (const path of paths) {
      for (const query of queries) {
        const answer = await server.get(`${path}?${query}`);
        assert.equal(answer.status, status, `${path}?${query}: ${answer.text}`);
        if (status === 400) assert.equal(answer.resource()['error_code'], 'query.malformed', query);
      }
    }
  }

  test('refuses a limit that is no whole number above zero, empty or repeated with 400 (TAXII 2.1, 3.4)', async () => {
    await expectStatus(400, LISTS, [
      'limit=0',
      'limit=00',
      'limit=-1',
      'limit=abc',
      'limit=1.5',
      'limit=1e2',
      'limit=0x10',
      'limit=%2B5',
      'limit=',
      'limit=5%20',
      'limit=5&limit=5',
      'limit=NaN',
    ]);
  });

  test('caps a limit above the largest page without an error and says that there is more (TAXII 2.1, 3.4)', async () => {
    for (const limit of ['6', '1000', '99999999999999999999999']) {
      const answer = await server.get(`${board}objects/?limit=${limit}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.resource().objects?.length, 5);
      assert.equal(answer.resource().more, true);
    }
  });

  test('gives everything when both limits allow it, and one less when the limit is one less (TAXII 2.1, 3.4)', async () => {
    const path = `${board}objects/?match[id]=${[1, 2, 3].map((n) => toStixId('campaign', n)).join(',')}`;
    for (const [limit, count, more] of [
      [4, 3, undefined],
      [3, 3, undefined],
      [2, 2, true],
    ] as const) {
      const { objects, more: said } = (await server.get(`${path}&limit=${limit}`)).resource();
      assert.equal(objects?.length, count);
      assert.equal(said, more);
    }
  });

  test('refuses an added_after that is no timestamp, no real date or repeated with 400 (TAXII 2.1, 3.4)', async () => {
    const time = '2018-08-24T18:00:00.000000Z';
    await expectStatus(400, LISTS, [
      'added_after=garbage',
      'added_after=',
      'added_after=2018-08-24',
      'added_after=1535133600',
      'added_after=2018-02-30T00:00:00Z',
      'added_after=2018-08-24T25:00:00Z',
      'added_after=2018-08-24T18:00:00',
      'added_after=2018-08-24T18:00:00.0000000001Z',
      'added_after=2018-08-24T18:00:00.Z',
      `added_after=${time}&added_after=${time}`,
    ]);
  });

  test('takes an added_after with 0 to 9 fraction digits, Z or an offset (TAXII 2.1, 3.4)', async () => {
    await expectStatus(200, LISTS, [
      'added_after=1970-01-01T00:00:00Z',
      'added_after=2018-08-24T18:00:00Z',
      'added_after=2018-08-24T18:00:00.1Z',
      'added_after=2018-08-24T18:00:00.12Z',
      'added_after=2018-08-24T18:00:00.000000Z',
      'added_after=2018-08-24T18:00:00.123456789Z',
      'added_after=2018-08-24T18:00:00%2B00:00',
      'added_after=2018-08-24T20:00:00.5+02:00',
      'added_after=2018-08-24T13:00:00-05:00',
      'added_after=2018-08-24t18:00:00z',
      'added_after=9999-12-31T23:59:59Z',
    ]);
  });

  test('an added_after names the same moment in every spelling, rounded down to the microsecond (TAXII 2.1, 3.4)', async () => {
    const { objects = [] } = (await server.get(`${board}manifest/`)).resource();
    const added = String(objects[0]?.date_added);
    const wanted = (await server.get(`${board}manifest/?added_after=${added}`)).text;
    assert.ok(!wanted.includes(added));
    const local = `${added.slice(0, 11)}20${added.slice(13, -1)}`;
    for (const spelling of [`${added.slice(0, -1)}999Z`, `${local}%2B02:00`, `${local}+02:00`]) {
      assert.equal((await server.get(`${board}manifest/?added_after=${spelling}`)).text, wanted, spelling);
    }
  });

  test('an added_after in the future is an empty object (TAXII 2.1, 3.4)', async () => {
    for (const path of LISTS) {
      const answer = await server.get(`${path}?added_after=2999-01-01T00:00:00Z`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, '{}');
    }
  });

  test('refuses a match field that is given twice with 400 (TAXII 2.1, 3.4; interoperability 3.13.1.10)', async () => {
    await expectStatus(400, LISTS.slice(0, 2), [
      'match[type]=campaign&match[type]=campaign',
      'match[type]=campaign&match%5Btype%5D=malware',
      `match[id]=${toStixId('campaign', 1)}&match[id]=${toStixId('campaign', 2)}`,
      'match[version]=all&match[version]=all',
      'match[spec_version]=2.1&match[spec_version]=2.1',
    ]);
    await expectStatus(400, LISTS, ['match[spec_version]=2.1&match[spec_version]=2.1']);
  });

  test('refuses versions that contradict each other, repeat, or are no versions with 400 (TAXII 2.1, 3.4)', async () => {
    await expectStatus(400, LISTS.slice(0, 3), [
      'match[version]=all,last',
      'match[version]=all,2018-08-21T00:00:00.000Z',
      'match[version]=last,last',
      'match[version]=2018-08-21T00:00:00.000Z,2018-08-21T00:00:00.000Z',
      'match[version]=2018-08-21T00:00:00.000Z,2018-08-21T00:00:00.000000Z',
      'match[version]=yesterday',
      'match[version]=2018-08-21',
      'match[version]=Last',
      'match[version]=last,%20first',
      'match[version]=',
      'match[version]=last,',
    ]);
  });

  test('refuses an empty match value with 400 (TAXII 2.1, 3.4)', async () => {
    await expectStatus(400, LISTS.slice(0, 2), [
      'match[id]=',
      'match[type]=',
      'match[spec_version]=',
      'match[type]=campaign,,malware',
      'match[id]=,',
    ]);
  });

  test('a spec_version that nothing has matches nothing, and one that is none is 400 (TAXII 2.1, 3.4)', async () => {
    for (const path of LISTS) {
      const answer = await server.get(`${path}?match[spec_version]=9.9`);
      assert.equal(answer.status, 200, path);
      assert.equal(answer.text, '{}', path);
    }
    await expectStatus(400, LISTS, ['match[spec_version]=latest']);
  });

  test('ignores unknown parameters and unknown match fields (TAXII 2.1, 3.4)', async () => {
    for (const path of LISTS) {
      const plain = await server.get(path);
      for (const query of [
        'foo=1',
        'match[foo]=x',
        'match[confidence-gte]=50',
        'constructor=1',
        '__proto__=1',
        'a[b]=c',
      ]) {
        const answer = await server.get(`${path}?${query}`);
        assert.equal(answer.status, 200, query);
        // Cursors carry what was asked for; an ignored parameter is nothing that was asked for.
        assert.equal(answer.text, plain.text, query);
      }
    }
  });

  test('an empty next counts as absent, and a next that is none is 400 (TAXII 2.1, 3.4)', async () => {
    for (const path of LISTS) {
      assert.equal((await server.get(`${path}?next=`)).text, (await server.get(path)).text);
      for (const next of ['garbage', '1', '1..', 'null', '0', '%00']) {
        const answer = await server.get(`${path}?next=${next}`);
        assert.equal(answer.status, 400, next);
        assert.equal(answer.resource()['error_code'], 'cursor.invalid');
      }
    }
    await expectStatus(400, LISTS, ['next=a&next=b']);
  });

  test('brackets mean the same raw and percent-encoded (TAXII 2.1, 3.4)', async () => {
    const id = toStixId('campaign', 3);
    const wanted = await server.get(`${board}objects/?match[id]=${id}`);
    assert.equal(wanted.resource().objects?.length, 1);
    for (const query of [
      `match%5Bid%5D=${id}`,
      `match%5bid%5d=${id}`,
      `match[id]=${id.replaceAll('-', '%2D')}`,
    ]) {
      assert.equal((await server.get(`${board}objects/?${query}`)).text, wanted.text, query);
    }
  });

  test('takes as many match values as the setting allows and refuses one more with 400 (design, 5.5)', async () => {
    const values = (count: number): string =>
      Array.from({ length: count }, (_, n) => `x-type-${n}`).join(',');
    assert.equal((await server.get(`${board}objects/?match[type]=${values(500)}`)).status, 200);
    await expectStatus(
      400,
      [`${board}objects/`],
      [`match[type]=${values(501)}`, `match[type]=${values(500)}&match[id]=a`],
    );
  });

  test('a parameter of the list does not matter where there is no list (TAXII 2.1, 4 and 5)', async () => {
    for (const path of ['/taxii2/', '/feed/', '/feed/collections/', board]) {
      assert.equal((await server.get(`${path}?limit=0&match[type]=a&match[type]=b`)).status, 200);
    }
  });
});
