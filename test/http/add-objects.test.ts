import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, TAXII, type Answer, type TestServer } from '../support/test-server.ts';
import { countsOf } from './status-counts.ts';
import { campaign, campaigns, domainName, oldCampaign, toStixId, toTime } from './stix-samples.ts';
import { itemsOf } from './walk.ts';

describe('adding objects (TAXII 2.1, 5.5)', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  const postBody = (collection: string, body: string | Buffer): Promise<Answer> =>
    server.send('POST', `${collection}objects/`, { body, headers: { 'Content-Type': TAXII } });

  test('a POST is 202 with a complete status, and its objects are there (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    const answer = await server.post(path, campaigns(1, 3));
    assert.equal(answer.status, 202);
    assert.equal(answer.resource()['status'], 'complete');
    assert.equal(countsOf(answer.resource()), '3 3 0 0');
    assert.equal(itemsOf(await server.get(`${path}objects/`)).length, 3);
    assert.equal((await server.get(`/feed/status/${answer.resource().id ?? ''}/`)).text, answer.text);
  });

  test('an object comes back byte for byte, with its custom properties, its numbers and its spacing (TAXII 2.1, 3.7 and 7.1)', async () => {
    const path = server.scratch();
    const text = JSON.stringify(
      campaign(1, 0, { x_acme_score: 1, x_acme_deep: { a: ['é', '\u2028', '😀'] } }),
    )
      .replace('"x_acme_score":1', '"x_acme_score" : 1.50')
      .replace('é', '\\u00e9');
    assert.equal((await postBody(path, `{"objects":[ ${text} ]}`)).status, 202);
    assert.equal((await server.get(`${path}objects/`)).text, `{"objects":[${text}]}`);
    assert.equal(
      (await server.get(`${path}objects/${toStixId('campaign', 1)}/`)).text,
      `{"objects":[${text}]}`,
    );
  });

  test('an object fails by itself and the rest is taken (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    const objects = [
      campaign(1),
      { type: 'campaign' },
      campaign(2, 0, { modified: 'yesterday' }),
      campaign(3, 0, { id: 'campaign--nonsense' }),
      campaign(4),
    ];
    const answer = await server.post(path, objects);
    assert.equal(answer.status, 202);
    assert.equal(countsOf(answer.resource()), '5 2 3 0');
    assert.deepEqual(
      answer.resource().successes?.map(({ id }) => id),
      [toStixId('campaign', 1), toStixId('campaign', 4)],
    );
    for (const { message } of answer.resource().failures ?? [])
      assert.match(message ?? '', /^\/(id|modified|spec_version)/);
    assert.equal(itemsOf(await server.get(`${path}objects/`)).length, 2);
  });

  test('items that are no objects are failures of their own (TAXII 2.1, 5.5)', async () => {
    const answer = await postBody(server.scratch(), '{"objects":[null,1,"text",[],true,{}]}');
    assert.equal(answer.status, 202);
    assert.equal(countsOf(answer.resource()), '6 0 6 0');
  });

  test('the same version with the same content is a success and keeps its date_added (TAXII 2.1, 5.5; design, 5.4)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(1)]);
    const before = (await server.get(`${path}manifest/`)).text;
    server.clock.advance(1_000_000);
    const { name, ...rest } = campaign(1);
    const again = await server.post(path, [campaign(1), { name, ...rest }]);
    assert.equal(again.status, 202);
    assert.equal(countsOf(again.resource()), '2 2 0 0');
    assert.equal((await server.get(`${path}manifest/?match[version]=all`)).text, before);
  });

  test('the same version with other content is a failure that says so, and changes nothing (design, 5.4)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(1)]);
    const before = await server.get(`${path}objects/`);
    const answer = await server.post(path, [campaign(1, 0, { name: 'Another name' })]);
    assert.equal(answer.status, 202);
    assert.equal(countsOf(answer.resource()), '1 0 1 0');
    assert.match(answer.resource().failures?.[0]?.message ?? '', /other content/);
    assert.equal((await server.get(`${path}objects/`)).text, before.text);
  });

  test('one request may bring the same version twice: the copy is a success, a changed copy a failure (design, 5.4)', async () => {
    const path = server.scratch();
    const answer = await server.post(path, [campaign(1), campaign(1), campaign(1, 0, { name: 'x' })]);
    assert.equal(countsOf(answer.resource()), '3 2 1 0');
    assert.equal(itemsOf(await server.get(`${path}objects/?match[version]=all`)).length, 1);
  });

  test('an observable has no versions: a changed one takes the place of the one before, with a new date_added (design, 5.4)', async () => {
    const path = server.scratch();
    const dateOf = async (): Promise<string | undefined> =>
      (await server.get(`${path}manifest/?match[version]=all`))
        .resource()
        .objects?.map(({ date_added }) => date_added)
        .join();
    await server.post(path, [domainName(1)]);
    const first = await dateOf();
    assert.equal(countsOf((await server.post(path, [domainName(1)])).resource()), '1 1 0 0');
    assert.equal(await dateOf(), first);
    assert.equal(countsOf((await server.post(path, [domainName(1, { x_seen: 2 })])).resource()), '1 1 0 0');
    assert.ok(String(await dateOf()) > String(first));
    assert.match((await server.get(`${path}objects/`)).text, /"x_seen":2/);
  });

  test('a STIX bundle is taken as a body, and other members beside objects are ignored (TAXII 2.1, 7.1.1)', async () => {
    const path = server.scratch();
    const bundle = { type: 'bundle', id: toStixId('bundle', 1), spec_version: '2.0', objects: [campaign(1)] };
    assert.equal((await postBody(path, JSON.stringify(bundle))).status, 202);
    const envelope = { more: true, next: 'x', x_acme_note: 'kept nowhere', objects: [campaign(2)] };
    assert.equal((await postBody(path, JSON.stringify(envelope))).status, 202);
    assert.equal(itemsOf(await server.get(`${path}objects/`)).length, 2);
  });

  test('a bundle inside objects is a failure of that item alone (TAXII 2.1, 5.5)', async () => {
    const nested = { type: 'bundle', id: toStixId('bundle', 1), objects: [campaign(2)] };
    const path = server.scratch();
    const answer = await server.post(path, [nested, campaign(1)]);
    assert.equal(answer.status, 202);
    assert.equal(countsOf(answer.resource()), '2 1 1 0');
    assert.equal(answer.resource().failures?.[0]?.id, toStixId('bundle', 1));
    assert.equal(itemsOf(await server.get(`${path}objects/`)).length, 1);
  });

  test('a body that is JSON but no envelope with objects is 422 (TAXII 2.1, 5.5)', async () => {
    const bodies = [
      '{}',
      '{"objects":[]}',
      '{"objects":null}',
      '{"objects":{}}',
      '{"objects":"x"}',
      '[]',
      'null',
      '1',
      '"x"',
      '{"Objects":[{}]}',
    ];
    const empty = server.scratch();
    for (const body of [...bodies, JSON.stringify([campaign(1)]), JSON.stringify(campaign(1))]) {
      const answer = await postBody(empty, body);
      assert.equal(answer.status, 422, body);
      assert.equal(answer.resource()['error_code'], 'body.not-an-envelope');
    }
    assert.equal((await server.get(`${empty}objects/`)).text, '{}');
  });

  test('a body that is no JSON is 400 (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    for (const body of [
      '',
      ' ',
      '{',
      '{"objects":[',
      '{"objects":[{}]',
      '{"objects":[{},]}',
      "{'objects':[]}",
      '{"objects":[{}]}x',
      '\u0000',
      'NaN',
    ]) {
      const answer = await postBody(path, body);
      assert.equal(answer.status, 400, body);
      assert.equal(answer.resource()['error_code'], 'body.not-json', body);
    }
    assert.equal((await server.get(`${path}objects/`)).text, '{}');
  });

  test('an error of the body says where it is and quotes nothing of it (TAXII 2.1, 3.6)', async () => {
    const path = server.scratch();
    assert.match((await postBody(path, '{"objects":[\n{"secret": "hunter2" 5}]}')).text, /line 2, column 22/);
    for (const value of ['hunter2', '"hunter2" 5', '"hunter2', "'hunter2'"]) {
      assert.doesNotMatch((await postBody(path, `{"objects":[{"secret": ${value}}]}`)).text, /hunter|secret/);
    }
  });

  test('a byte order mark before the body is ignored (RFC 8259, 8.1)', async () => {
    const answer = await postBody(server.scratch(), `\ufeff${JSON.stringify({ objects: [campaign(1)] })}`);
    assert.equal(answer.status, 202);
  });

  test('a STIX version that the collection does not hold is a failure that names spec_version (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    const answer = await server.post(path, [
      oldCampaign(1),
      campaign(2, 0, { spec_version: '2.2' }),
      campaign(3),
    ]);
    assert.equal(countsOf(answer.resource()), '3 1 2 0');
    for (const { message } of answer.resource().failures ?? [])
      assert.match(message ?? '', /^\/spec_version: /);
    const mixed = await server.post('/feed/collections/mixed/', [oldCampaign(1), campaign(1, 1)]);
    assert.equal(countsOf(mixed.resource()), '2 2 0 0');
  });

  test('an observable needs no spec_version (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    assert.equal(countsOf((await server.post(path, [domainName(1)])).resource()), '1 1 0 0');
    assert.equal(itemsOf(await server.get(`${path}objects/?match[spec_version]=2.1`)).length, 1);
  });

  test('objects of one request come in the order in which they stand, and each version is listed (TAXII 2.1, 3.3 and 5.8)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(2), campaign(1, 1), campaign(1, 0), campaign(3)]);
    const wanted = [campaign(2), campaign(1, 1), campaign(1, 0), campaign(3)].map(
      ({ id, modified }) => `${id} ${modified}`,
    );
    assert.deepEqual(itemsOf(await server.get(`${path}objects/?match[version]=all`)), wanted);
    const versions = await server.get(`${path}objects/${toStixId('campaign', 1)}/versions/`);
    assert.deepEqual(itemsOf(versions), [toTime(1), toTime(0)]);
  });

  test('a refused POST leaves no trace in the collection (TAXII 2.1, 5.5)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(1)]);
    const before = (await server.get(`${path}manifest/`)).text;
    const wrongs = [
      { as: 'reader' as const },
      { as: 'nobody' as const },
      { headers: { 'Content-Type': 'application/json' } },
      { headers: { Accept: 'text/html' } },
    ];
    for (const wrong of wrongs) assert.ok((await server.post(path, [campaign(2)], wrong)).status >= 400);
    assert.equal((await server.get(`${path}manifest/`)).text, before);
  });
});
