import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { describe, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { findClientCertificate } from '../../server/auth/client-certificate.ts';
import { AppError } from '../../server/domain/errors.ts';
import { createHttpServer, type HttpServer } from '../../server/http-server.ts';
import { createFakeIds } from '../support/fake-ids.ts';
import { makeAuthority, named } from './tls-certificates.ts';
import { ask, makePemFolder, openTls, type PemFolder } from './tls-client.ts';

const before = makeAuthority('Before');
const after = makeAuthority('After');
const serverFiles = before.issue({ subject: named('localhost'), use: 'serverAuth' });
const client = before.issue({ subject: named('client') });

interface Running extends AsyncDisposable {
  readonly http: HttpServer;
  readonly port: number;
  readonly folder: PemFolder;
  /** Answers that were asked for at `/held` and are still to be given. */
  readonly held: ServerResponse[];
}

/** Answers with what is wrong with the certificate of the connection: `none` without one, `right` when nothing is. */
async function start(): Promise<Running> {
  const folder = makePemFolder();
  const held: ServerResponse[] = [];
  const answer: RequestListener = (req, res) => {
    if (req.url === '/held') {
      held.push(res);
      return;
    }
    const certificate = findClientCertificate(req.socket);
    const said = certificate ? (certificate.fault ?? 'right') : 'none';
    res.setHeader('Content-Length', said.length).end(said);
  };
  const http = createHttpServer(
    answer,
    {
      ...{ maxHeaderBytes: 65_536, maxConnections: 100 },
      ...{ requestTimeoutMs: 5000, headersTimeoutMs: 4000, keepAliveTimeoutMs: 5000, sendTimeoutMs: 5000 },
      tlsCertFile: folder.write('server.pem', serverFiles.cert),
      tlsKeyFile: folder.write('server.key', serverFiles.key),
      tlsClientCaFile: folder.write('clients.pem', before.cert),
    },
    createFakeIds(7),
  );
  http.server.listen(0, '127.0.0.1');
  await once(http.server, 'listening');
  const address = http.server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    ...{ http, port: address.port, folder, held },
    async [Symbol.asyncDispose]() {
      await http.stop(100);
      folder[Symbol.dispose]();
    },
  };
}

function nextSecure({ server }: HttpServer): Promise<TLSSocket> {
  return new Promise((resolve) => void server.once('secureConnection', resolve));
}

describe('other authorities for client certificates', () => {
  test('count for every new connection, and end those that showed a certificate before', async () => {
    await using running = await start();
    const { http, port, folder } = running;
    using certified = await openTls(port, client);
    using plain = await openTls(port);
    assert.equal((await certified.ask()).text, 'right');
    assert.equal((await plain.ask()).text, 'none');

    folder.write('clients.pem', after.cert);
    assert.equal(http.reload()?.clientAuthorities, 1);
    await certified.closed;
    assert.equal((await plain.ask()).text, 'none');
    assert.match((await ask(port, { with: client })).text, /^it was not issued by an authority/);
    assert.equal((await ask(port, { with: after.issue({ subject: named('client') }) })).text, 'right');
  });

  test('let what was asked for before be answered, and say that the connection ends', async () => {
    await using running = await start();
    using certified = await openTls(running.port, client);
    const answer = certified.ask('/held');
    await Promise.race([once(running.http.server, 'request'), answer]);
    running.folder.write('clients.pem', after.cert);
    running.http.reload();
    const [held] = running.held;
    assert.ok(held);
    assert.equal(held.shouldKeepAlive, false);
    held.setHeader('Content-Length', 2).end('ok');
    assert.equal((await answer).text, 'ok');
    await certified.closed;
  });

  test('refuse with 503 what had begun to come on a connection whose certificate was checked before', async () => {
    await using running = await start();
    const begun = nextSecure(running.http);
    const socket = connect({ port: running.port, host: '127.0.0.1', rejectUnauthorized: false, ...client });
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const received = await begun;
    while (received.bytesRead === 0) await turn();
    running.folder.write('clients.pem', after.cert);
    running.http.reload();
    socket.write('\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 503 [^]*\r\nRetry-After: 1\r\n[^]*Connect again/);
  });

  test('count for a handshake that began before and ends after', async () => {
    await using running = await start();
    const { http, port, folder } = running;
    const accepted = once(http.server, 'connection');
    const raw = connectTcp(port, '127.0.0.1');
    await accepted;
    folder.write('clients.pem', after.cert);
    http.reload();
    const socket = connect({ socket: raw, rejectUnauthorized: false, ...client });
    await once(socket, 'secureConnect');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    assert.match(await text(socket), /^HTTP\/1\.1 503 /);
  });

  test('which are the same as before leave every connection open', async () => {
    await using running = await start();
    const { http, port } = running;
    using certified = await openTls(port, client);
    assert.equal((await certified.ask()).text, 'right');
    assert.ok(http.reload());
    assert.equal((await certified.ask()).text, 'right');
  });
});

describe('connections over TLS', () => {
  test('that TLS itself has broken are closed at once, whatever was asked for before', async () => {
    await using running = await start();
    const { http, port } = running;
    for (const hasAsked of [false, true]) {
      const accepted = nextSecure(http);
      using broken = await openTls(port, { maxVersion: 'TLSv1.2' });
      const socket = await accepted;
      if (hasAsked) await broken.ask();
      const closed = once(socket, 'close', { signal: AbortSignal.timeout(3000) });
      const refused = once(broken.socket, 'error');
      broken.socket.renegotiate({ rejectUnauthorized: false }, () => undefined);
      assert.match(String(await refused), /no renegotiation/);
      await closed.catch((error: unknown) => {
        if (!socket.destroyed) throw error;
      });
    }
  });

  test('on which nothing was asked for are closed as soon as the server stops', async () => {
    const running = await start();
    using idle = await openTls(running.port);
    const begun = performance.now();
    await running.http.stop(5000);
    await idle.closed;
    assert.ok(performance.now() - begun < 3000);
    await running[Symbol.asyncDispose]();
  });
});

describe('TLS files that are not right', () => {
  const faults = [
    ['clients.pem', '', /TLS_CLIENT_CA_FILE: wanted certificates in PEM form/],
    ['clients.pem', before.cert.replace(/\n/, '\nAAAA'), /TLS_CLIENT_CA_FILE: wanted certificates/],
    ['clients.pem', before.cert + after.cert.slice(0, 200), /TLS_CLIENT_CA_FILE: wanted certificates/],
    ['clients.pem', serverFiles.key, /TLS_CLIENT_CA_FILE: wanted certificates/],
    ['server.pem', 'nothing', /TLS_CERT_FILE: wanted a certificate in PEM form/],
    ['server.pem', after.cert, /TLS_KEY_FILE: wanted the key of the first certificate/],
    ['server.key', 'nothing', /TLS_KEY_FILE: wanted a private key in PEM form/],
    ['server.key', client.key, /TLS_KEY_FILE: wanted the key of the first certificate/],
  ] as const;

  test('are named, and what was read before stays in use', async () => {
    for (const [name, content, pattern] of faults) {
      await using running = await start();
      const { http, port, folder } = running;
      using certified = await openTls(port, client);
      folder.write(name, content);
      assert.throws(
        () => http.reload(),
        (error) =>
          error instanceof AppError && error.code === 'config.invalid' && pattern.test(error.message),
        `${name} ${content.slice(0, 40)}`,
      );
      assert.equal((await certified.ask()).text, 'right');
      assert.equal((await ask(port, { with: client })).text, 'right');
    }
  });

  test('that are gone are named', async () => {
    await using running = await start();
    running.folder[Symbol.dispose]();
    assert.throws(() => running.http.reload(), /TLS_CERT_FILE: wanted a file that this process can read/);
    assert.equal((await ask(running.port, { with: client })).text, 'right');
  });
});
