import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import {
  checkErrorBody,
  parseResource,
  startTestServer,
  TAXII,
  type TestServer,
} from '../support/test-server.ts';
import { CN, makeAuthority, named, O, OU, type CertificateFile, type Subject } from './tls-certificates.ts';
import { ask, makePemFolder, openTls, type PemFolder, type TlsAnswer } from './tls-client.ts';

const DESK = {
  ...{
    id: '7a1b0f0e-7c1a-4f5e-9a38-6f1f4f3c8b57',
    alias: 'desk',
    title: 'Desk',
    release: { policy: 'as-posted' },
  },
  ...{ read: ['user:bob', 'user:comma', 'user:reader'], write: ['user:writer'] },
};
const OBJECTS = '/feed/collections/desk/objects/';
const CHALLENGED = 401;

const authority = makeAuthority('Partners');
const stranger = makeAuthority('Strangers');
const serverFiles = authority.issue({ subject: named('localhost'), use: 'serverAuth' });
const issue = (subject: Subject): CertificateFile => authority.issue({ subject });
const bob = issue([[[O, 'NASS']], [[CN, 'bob']]]);

describe('client certificates', () => {
  let folder: PemFolder;
  let server: TestServer;
  const get = (
    client?: CertificateFile,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<TlsAnswer> => ask(server.port, { path: OBJECTS, with: client, headers });
  const bearer = (user: 'reader' | 'outsider'): Readonly<Record<string, string>> => ({
    Authorization: `Bearer ${server.tokenOf(user)}`,
  });

  async function addUser(name: string, certificate: string): Promise<void> {
    const user = {
      name,
      org: 'nass',
      role: 'partner',
      passwordHash: '',
      disabled: false,
      certificate,
    } as const;
    assert.ok(await server.core.store.addUser(user));
  }

  function expectRefused(answer: TlsAnswer, reason: RegExp): void {
    assert.equal(answer.status, CHALLENGED, answer.text);
    checkErrorBody(answer.text, CHALLENGED);
    assert.equal(parseResource(answer.text)['error_code'], 'auth.invalid');
    assert.match(String(parseResource(answer.text)['description']), reason);
  }

  before(async () => {
    folder = makePemFolder();
    folder.write('desk.json', JSON.stringify(DESK));
    const settings = {
      TLS_CERT_FILE: folder.write('server.pem', serverFiles.cert),
      TLS_KEY_FILE: folder.write('server.key', serverFiles.key),
      TLS_CLIENT_CA_FILE: folder.write('clients.pem', authority.cert),
    };
    server = await startTestServer(settings, folder.path);
    await addUser('bob', 'CN=bob,O=NASS');
    await addUser('comma', 'CN=eve\\,O=NASS');
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  test('a client polls with its certificate alone, and the log names its user (TAXII 2.1, 8.3)', async () => {
    const answer = await get(bob);
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(parseResource(answer.text), {});
    const line = server.log.findLast((each) => each.includes(OBJECTS)) ?? '';
    assert.match(line, /"user":"bob"/);
    assert.doesNotMatch(line, /CN=|BEGIN/);
  });

  test('curl polls with a certificate, and is refused with that of another authority', async (t) => {
    const run = promisify(execFile);
    const hasCurl = await run('curl', ['--version']).then(
      () => true,
      () => false,
    );
    if (!hasCurl) {
      t.skip('there is no curl');
      return;
    }
    const ca = ['--cacert', folder.write('ca.pem', authority.cert)];
    const poll = async (name: string, { cert, key }: CertificateFile): Promise<string> => {
      const client = ['--cert', folder.write(`${name}.pem`, cert), '--key', folder.write(`${name}.key`, key)];
      const url = `https://localhost:${server.port}${OBJECTS}`;
      const { stdout } = await run('curl', ['-sS', '-4', '-w', '\n%{http_code}', ...ca, ...client, url]);
      return stdout;
    };
    assert.equal(await poll('bob', bob), '{}\n200');
    const wrong = stranger.issue({ subject: [[[O, 'NASS']], [[CN, 'bob']]] });
    assert.match(await poll('wrong', wrong), /"auth\.invalid".*\n401$/);
  });

  test('without a certificate the other credentials are asked for and taken', async () => {
    const anonymous = await get();
    assert.equal(anonymous.status, CHALLENGED);
    assert.equal(parseResource(anonymous.text)['error_code'], 'auth.required');
    assert.equal((await get(undefined, bearer('reader'))).status, 200);
    expectRefused(await get(undefined, { Authorization: 'Bearer wrong' }), /^undefined$/);
  });

  test('a certificate of another authority, with the subject of a user, is refused', async () => {
    const wrong = stranger.issue({ subject: [[[O, 'NASS']], [[CN, 'bob']]] });
    expectRefused(await get(wrong), /not issued by an authority that this server trusts/);
  });

  test('a certificate that has expired, is not valid yet, or is for servers is refused', async () => {
    const subject = [[[O, 'NASS']], [[CN, 'bob']]] as const;
    expectRefused(
      await get(authority.issue({ subject, notAfter: new Date('2020-01-01') })),
      /it has expired/,
    );
    expectRefused(
      await get(authority.issue({ subject, notBefore: new Date('2048-01-01') })),
      /not valid yet/,
    );
    expectRefused(await get(authority.issue({ subject, use: 'serverAuth' })), /not meant for clients/);
  });

  test('a certificate that is wrong is refused whatever else is sent with it', async () => {
    const wrong = stranger.issue({ subject: named('anybody') });
    expectRefused(await get(wrong, bearer('reader')), /not issued by an authority/);
  });

  test('an Authorization header decides, right or wrong, before a certificate does', async () => {
    assert.equal((await get(bob, bearer('reader'))).status, 200);
    assert.match(server.log.findLast((each) => each.includes(OBJECTS)) ?? '', /"user":"reader"/);
    assert.equal((await get(bob, bearer('outsider'))).status, 404);
    expectRefused(await get(bob, { Authorization: 'Bearer wrong' }), /^undefined$/);
    expectRefused(await get(bob, { Authorization: '' }), /^undefined$/);
  });

  test('a certificate that belongs to no user is refused with its subject, ready for user add', async () => {
    expectRefused(await get(issue([[[OU, 'a+b']], [[CN, 'José']]])), /subject CN=Jos\\C3\\A9,OU=a\\\+b$/);
    expectRefused(await get(issue([])), /^undefined$/);
  });

  test('no value of a subject can be read as other attributes of another subject', async () => {
    const lookalikes: readonly Subject[] = [
      [[[CN, 'bob,O=NASS']]],
      [[[CN, 'bob\nO=NASS']]],
      [[[O, 'NASS\nCN=bob']]],
      [
        [
          [O, 'NASS'],
          [CN, 'bob'],
        ],
      ],
      [[[CN, 'bob']], [[O, 'NASS']]],
      [[[O, 'NASS']], [[CN, 'bob\0']]],
      [[[O, 'NASS']], [[CN, 'bob ']]],
      [[[O, 'NASS']], [[CN, '\ufeffbob']]],
      [[[O, 'NASS']], [[CN, 'Bob']]],
      [[[O, 'NASS']], [[CN, 'bob']], [[CN, 'bob']]],
      [[[O, 'NASS']], [[CN, 'eve']]],
    ];
    for (const subject of lookalikes) {
      expectRefused(await get(issue(subject)), /^No user signs in with a certificate of the subject /);
    }
    assert.equal((await get(issue([[[CN, 'eve,O=NASS']]]))).status, 200);
  });

  test('a header never stands for a certificate, nor does what its memory is kept under', async () => {
    const forged = ['X-SSL-Client-S-DN', 'X-Client-Cert', 'X-Forwarded-Client-Cert', 'SSL_CLIENT_S_DN'];
    const headers = Object.fromEntries(forged.map((name) => [name, 'CN=bob,O=NASS']));
    assert.equal((await get(undefined, headers)).status, CHALLENGED);
    expectRefused(await get(undefined, { Authorization: 'certificate CN=bob,O=NASS' }), /^undefined$/);
  });

  test('a session is never resumed where certificates count, so that each one is checked anew', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const options = { ...bob, minVersion: version, maxVersion: version };
      let session: Buffer | undefined;
      {
        using first = await openTls(server.port, options);
        first.socket.on('session', (given) => (session = given));
        assert.equal((await first.ask(OBJECTS)).status, 200);
        session ??= first.socket.getSession();
      }
      assert.ok(session);
      using second = await openTls(server.port, { ...options, session });
      assert.equal(second.socket.isSessionReused(), false, version);
      using bare = await openTls(server.port, { minVersion: version, maxVersion: version, session });
      assert.equal((await bare.ask(OBJECTS)).status, CHALLENGED, version);
    }
  });

  test('many requests on one connection ask the store once for the user', async () => {
    const { store } = server.core;
    using connection = await openTls(server.port, issue([[[O, 'NASS']], [[CN, 'bob']]]));
    let lookups = 0;
    const find = store.findUserByCertificate.bind(store);
    store.findUserByCertificate = (subject) => {
      lookups += 1;
      return find(subject);
    };
    for (let count = 0; count < 5; count += 1) assert.equal((await connection.ask(OBJECTS)).status, 200);
    store.findUserByCertificate = find;
    assert.equal(lookups, 1);
  });

  test('a user who is disabled is refused at once, on an open connection too', async () => {
    await addUser('brief', 'CN=brief');
    const brief = issue(named('brief'));
    using connection = await openTls(server.port, brief);
    assert.equal((await connection.ask(OBJECTS)).status, 404);
    await server.core.store.disableUser('brief');
    expectRefused(await connection.ask(OBJECTS), /^No user signs in/);
    expectRefused(await get(brief), /^No user signs in/);
  });

  test('a certificate that expires on an open connection is refused from that moment on', async () => {
    const end = new Date(Date.now() + 3_600_000);
    end.setUTCMilliseconds(0);
    const brief = authority.issue({ subject: [[[O, 'NASS']], [[CN, 'bob']]], notAfter: end });
    using connection = await openTls(server.port, brief);
    const untilEnd = end.getTime() * 1000 - server.clock.now();
    server.clock.advance(untilEnd - 1);
    assert.equal((await connection.ask(OBJECTS)).status, 200);
    server.clock.advance(1);
    expectRefused(await connection.ask(OBJECTS), /it has expired/);
    expectRefused(await connection.ask(OBJECTS, bearer('reader')), /it has expired/);
    const answer = await connection.ask('/health/live', { Accept: TAXII });
    assert.equal(answer.status, 200);
  });
});
