import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import {
  checkErrorBody,
  startTestServer,
  TAXII,
  type Answer,
  type TestServer,
} from '../support/test-server.ts';
import { openRaw, parseRawAnswer } from './raw-connection.ts';
import { countsOf } from './status-counts.ts';
import { campaign, toStixId } from './stix-samples.ts';
import { itemsOf } from './walk.ts';

const MEGABYTE = 1024 * 1024;

describe('hostile bodies', () => {
  let server: TestServer;
  let path: string;
  const witness = '/feed/collections/board/';
  let untouched: string;
  before(async () => {
    server = await startTestServer();
    await server.post(witness, [campaign(1)]);
    untouched = (await server.get(`${witness}manifest/`)).text;
    path = server.scratch();
  });
  // Whatever was sent, the server answers, and nothing else has changed.
  afterEach(async () => {
    assert.equal((await server.get(`${witness}manifest/`)).text, untouched);
    assert.equal((await server.get('/taxii2/')).status, 200);
    path = server.scratch();
  });
  after(() => server[Symbol.asyncDispose]());

  const postBody = (body: string | Buffer): Promise<Answer> =>
    server.send('POST', `${path}objects/`, { body, headers: { 'Content-Type': TAXII } });
  const good = JSON.stringify(campaign(1));
  /** A campaign with a member written as it is. */
  const withMember = (n: number, member: string): string =>
    JSON.stringify(campaign(n)).replace(/^\{/, `{${member},`);
  /** Posts bad objects with a good one: the good one is taken, each bad one is a failure that names the property. */
  async function expectFailures(bad: readonly (readonly [string, RegExp])[]): Promise<void> {
    const answer = await postBody(`{"objects":[${bad.map(([text]) => text).join(',')},${good}]}`);
    assert.equal(answer.status, 202, answer.text);
    assert.equal(countsOf(answer.resource()), `${bad.length + 1} 1 ${bad.length} 0`, answer.text);
    for (const [index, [text, message]] of bad.entries()) {
      assert.match(answer.resource().failures?.[index]?.message ?? '', message, text.slice(0, 200));
    }
    assert.equal((await server.get(`${path}objects/?match[version]=all`)).text, `{"objects":[${good}]}`);
  }

  test('a body that nests 10,000 deep is 400 as a whole, in lists and in objects, closed or not (hostile input)', async () => {
    const depth = 10_000;
    for (const deep of [
      `${'['.repeat(depth)}${']'.repeat(depth)}`,
      '['.repeat(depth),
      `{"objects":[${good},${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}]}`,
      `{"objects":[${good}],"x":${'['.repeat(depth)}${']'.repeat(depth)}}`,
    ]) {
      const answer = await postBody(deep);
      assert.equal(answer.status, 400);
      assert.match(String(answer.resource()['error_code']), /^body\.(too-deep|not-json)$/);
    }
    assert.equal((await server.get(`${path}objects/`)).text, '{}');
  });

  test('a body as deep as the setting allows is taken, and one level more is 400 (design, 5.5)', async () => {
    // The envelope, its list and the object are three levels.
    const nest = (levels: number): string =>
      withMember(1, `"x_deep":${'['.repeat(levels - 3)}1${']'.repeat(levels - 3)}`);
    assert.equal(countsOf((await postBody(`{"objects":[${nest(100)}]}`)).resource()), '1 1 0 0');
    const refused = await postBody(`{"objects":[${nest(101)}]}`);
    assert.equal(refused.status, 400);
    assert.equal(refused.resource()['error_code'], 'body.too-deep');
  });

  test('an object with a name twice, at any depth, is a failure of its own (hostile input)', async () => {
    await expectFailures([
      [withMember(2, '"name":"a"'), /^\/name: /],
      [withMember(3, '"x_a":{"b":1,"b":1}'), /^\/x_a\/b: /],
      [withMember(4, '"x_a":[{"c":1},{"b":1,"\\u0062":2}]'), /^\/x_a\/1\/b: /],
      [withMember(5, `"id":"${toStixId('campaign', 6)}"`), /^\/id: /],
      [withMember(7, '"type":"identity"'), /^\/type: /],
    ]);
  });

  test('an envelope with objects twice is refused as a whole (hostile input)', async () => {
    for (const body of [
      `{"objects":[${good}],"objects":[]}`,
      `{"objects":[],"objects":[${good}]}`,
      `{"objects":[${good}],"\\u006fbjects":[${good}]}`,
    ]) {
      assert.equal((await postBody(body)).status, 400, body);
    }
    assert.equal((await server.get(`${path}objects/`)).text, '{}');
  });

  test('an object that tries to set its prototype, at any depth, is a failure of its own, and other odd names are names (hostile input)', async () => {
    await expectFailures([
      [withMember(2, '"__proto__":{"polluted":1}'), /^\/__proto__: /],
      [withMember(3, '"x_a":[{"__proto__":null}]'), /\/__proto__: /],
      [withMember(4, '"\\u005f_proto__":{"polluted":1}'), /^\/__proto__: /],
    ]);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    path = server.scratch();
    const odd = withMember(
      1,
      '"constructor":{"prototype":{"polluted":1}},"x_odd":{"hasOwnProperty":1,"toString":"x","toJSON":1}',
    );
    assert.equal(countsOf((await postBody(`{"objects":[${odd}]}`)).resource()), '1 1 0 0');
    assert.equal((await server.get(`${path}objects/`)).text, `{"objects":[${odd}]}`);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });

  test('an envelope that tries to set its prototype is read as if it did not (hostile input)', async () => {
    assert.equal((await postBody(`{"__proto__":{"objects":[${good}]}}`)).status, 422);
    assert.equal((await postBody(`{"__proto__":null,"objects":[${good}]}`)).status, 202);
  });

  test('an object with half of a surrogate pair in a text or a name is a failure of its own (hostile input)', async () => {
    await expectFailures([
      [withMember(2, '"x_a":"\\ud800"'), /^\/x_a: /],
      [withMember(3, '"x_a":["ok","a\\udc00b"]'), /^\/x_a\/1: /],
      [withMember(4, '"x_\\ud83d":1'), /surrogate/],
      [withMember(5, '"x_a":"\\udc00\\ud800"'), /^\/x_a: /],
    ]);
    path = server.scratch();
    const pair = withMember(1, '"x_a":"\\ud83d\\ude00"');
    assert.equal(countsOf((await postBody(`{"objects":[${pair}]}`)).resource()), '1 1 0 0');
  });

  test('an object with a number beyond 2^53 is a failure of its own, and 2^53 - 1 is not (hostile input)', async () => {
    await expectFailures(
      [
        '9007199254740992',
        '-9007199254740992',
        '1e400',
        '1E16',
        '123456789012345678901234567890',
        '9007199254740993.5',
      ].map((number, index) => [withMember(index + 2, `"x_a":{"n":${number}}`), /^\/x_a\/n: /]),
    );
    path = server.scratch();
    for (const [index, number] of [
      '9007199254740991',
      '-9007199254740991',
      '0.1234567890123456789',
      '1e2',
      '-0',
    ].entries()) {
      const text = withMember(index + 1, `"x_a":${number}`);
      assert.equal(countsOf((await postBody(`{"objects":[${text}]}`)).resource()), '1 1 0 0', number);
    }
  });

  test('a body that is not UTF-8 is 400 as a whole (hostile input)', async () => {
    const envelope = `{"objects":[${withMember(1, '"x_a":"@"')}]}`;
    for (const bytes of [
      [0xff],
      [0xc3, 0x28],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
    ]) {
      const [before = '', behind = ''] = envelope.split('@');
      const answer = await postBody(
        Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(behind)]),
      );
      assert.equal(answer.status, 400);
      assert.equal(answer.resource()['error_code'], 'body.not-utf8');
    }
    assert.equal((await postBody(Buffer.from(envelope, 'utf16le'))).status, 400);
    assert.equal((await server.get(`${path}objects/`)).text, '{}');
  });

  test('an object with a million members, or a text of a million characters, is answered in time (hostile input)', async () => {
    const names = Array.from({ length: 300_000 }, (_, n) => `"x_${n}":0`).join(',');
    const long = `"x_a":"${'\\u0041'.repeat(1_000_000)}"`;
    for (const member of [
      names,
      long,
      `"x_a":[${'0,'.repeat(1_000_000)}0]`,
      `"x_a":"${'\\\\'.repeat(1_000_000)}"`,
    ]) {
      assert.equal((await postBody(`{"objects":[${withMember(1, member)}]}`)).status, 202);
    }
  });

  test('an envelope of as many objects as the setting allows is taken, and of one more is 413 (design, 5.5)', async () => {
    const empties = (count: number): string => `{"objects":[${'{},'.repeat(count - 1)}{}]}`;
    assert.equal((await postBody(empties(50_000))).resource()['failure_count'], 50_000);
    const refused = await postBody(empties(50_001));
    assert.equal(refused.status, 413);
    assert.equal(refused.resource()['error_code'], 'body.too-many-objects');
  });

  test('values of the wrong kind in every common property are failures, never an error of the server (hostile input)', async () => {
    const wrong = ['null', '1', 'true', '[]', '{}', '""', '"\\u0000"', '[null]', '[[]]', '{"a":null}'];
    const names = [
      'type',
      'id',
      'spec_version',
      'created',
      'modified',
      'created_by_ref',
      'revoked',
      'object_marking_refs',
      'granular_markings',
    ];
    const bodies = names.flatMap((name) =>
      wrong.map((value) => {
        const { [name]: _, ...rest } = campaign(1);
        return JSON.stringify(rest).replace(/^\{/, `{"${name}":${value},`);
      }),
    );
    const answer = await postBody(`{"objects":[${bodies.join(',')}]}`);
    assert.equal(answer.status, 202);
    const { total_count, failure_count } = answer.resource();
    assert.equal(total_count, names.length * wrong.length);
    // `"revoked": true` is as it should be.
    assert.equal(failure_count, names.length * wrong.length - 1);
  });

  /** Streams 100 MB. @returns how many bytes went out before the server answered, and the answer */
  async function streamHundredMegabytes(framing: string): Promise<{ sent: number; text: string }> {
    using connection = await openRaw(server.port);
    connection.write(
      [
        `POST ${path}objects/ HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${server.tokenOf('writer')}`,
        `Content-Type: ${TAXII}`,
        framing,
        '\r\n',
      ].join('\r\n'),
    );
    const block = Buffer.alloc(64 * 1024, ' ');
    const isChunked = framing.startsWith('Transfer');
    let sent = 0;
    while (sent < 100 * MEGABYTE && connection.received() === '' && !connection.isClosed()) {
      if (isChunked) connection.write(`${block.byteLength.toString(16)}\r\n`);
      const isFree = connection.socket.write(block);
      if (isChunked) connection.write('\r\n');
      sent += block.byteLength;
      if (!isFree)
        await new Promise((resolve) => connection.socket.once('drain', resolve).once('close', resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return { sent, text: await connection.waitForEnd() };
  }

  test('a body of 100 MB is refused early with 413, announced or chunked, and the server stays small (hostile input)', async () => {
    for (const [framing, most] of [
      [`Content-Length: ${100 * MEGABYTE}`, 5 * MEGABYTE],
      ['Transfer-Encoding: chunked', 25 * MEGABYTE],
    ] as const) {
      const before = process.memoryUsage().rss;
      const { sent, text } = await streamHundredMegabytes(framing);
      const answer = parseRawAnswer(text);
      assert.equal(answer.status, 413, framing);
      checkErrorBody(answer.body, 413);
      assert.ok(sent < most, `${sent} bytes went out`);
      const grown = process.memoryUsage().rss - before;
      assert.ok(grown < 100 * MEGABYTE, `grew by ${grown}`);
    }
    assert.deepEqual(itemsOf(await server.get(`${path}objects/`)), []);
  });

  test('an ordinary client that sends a body too large gets to read the 413 (TAXII 2.1, 5.5)', async () => {
    const body = Buffer.alloc(40 * MEGABYTE, ' ');
    for (let round = 0; round < 3; round += 1) {
      const answer = await postBody(body);
      assert.equal(answer.status, 413);
    }
    const chunked = await fetch(`${server.url}${path}objects/`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.tokenOf('writer')}`, 'Content-Type': TAXII },
      body: new Blob([body]).stream(),
      duplex: 'half',
    });
    assert.equal(chunked.status, 413);
    checkErrorBody(await chunked.text(), 413);
  });
});
