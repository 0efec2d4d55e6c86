import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { toConnectionFault } from '../../../server/sync/client/connection-faults.ts';
import { createRedaction } from '../../../server/sync/client/redaction.ts';
import type { Credentials } from '../../../server/sync/client/taxii-client.ts';
import { makeAuthority, named } from '../../http/tls-certificates.ts';
import {
  bearer,
  faultOf,
  openClient,
  readPageOf,
  startPartner,
  startRawPartner,
  type Reply,
} from './client-kit.ts';

const SECRET = 'Hunter2-s3cret/+ü"x';
const BASIC: Credentials = {
  kind: 'header',
  name: 'authorization',
  value: `Basic ${Buffer.from(`analyst:${SECRET}`).toString('base64')}`,
};

/** In all the forms in which it could show. */
const FORMS = [
  SECRET,
  SECRET.toLowerCase(),
  encodeURIComponent(SECRET),
  Buffer.from(SECRET).toString('base64'),
  Buffer.from(`analyst:${SECRET}`).toString('base64'),
];

function assertClean(error: PartnerFault, what: string): void {
  for (const shown of [
    inspect(error, { depth: 9, showHidden: true }),
    error.stack ?? '',
    JSON.stringify(error),
  ]) {
    for (const form of FORMS) assert.ok(!shown.includes(form), `${what}: ${shown}`);
  }
}

describe('the secret', () => {
  test('is in no error, its cause included, whatever a partner echoes', async () => {
    const echo = FORMS.join(' ');
    const replies: readonly Reply[] = [
      { status: 401, body: { title: echo, description: echo } },
      { status: 400, body: { title: `${SECRET.slice(0, 5)}\u0000${SECRET.slice(5)}` } },
      { status: 500, body: { title: echo } },
      { status: 503, body: { description: echo }, headers: { 'retry-after': '999999' } },
      {
        status: 302,
        headers: { location: `/${encodeURIComponent(SECRET)}/?x=${encodeURIComponent(SECRET)}` },
      },
      { status: 302, headers: { location: FORMS[4] ?? '' } },
      { body: `{"a":${JSON.stringify(echo)}` },
      { body: echo },
      { body: `<html>${echo}` },
      { headers: { 'content-encoding': encodeURIComponent(SECRET) } },
      { headers: { 'content-type': 'text/html', 'x-echo': encodeURIComponent(SECRET) }, body: echo },
    ];
    for (const reply of replies) {
      await using partner = await startPartner(() => reply);
      await using client = openClient({ credentials: BASIC });
      assertClean(await faultOf(readPageOf(client, partner)), JSON.stringify(reply));
      assert.ok(partner.seen[0]?.headers.authorization);
    }
  });

  test('of a bearer is in no error either, also when it comes back as the name of a host', async () => {
    await using partner = await startPartner(() => ({
      status: 302,
      headers: { location: 'https://hunter2-token.example/' },
    }));
    await using client = openClient({ credentials: bearer('Hunter2-Token') });
    const fault = await faultOf(readPageOf(client, partner));
    assert.ok(!/hunter2/i.test(inspect(fault, { depth: 9, showHidden: true })));
    assert.match(fault.detail, /https:\/\/\[secret\]\.example/);
  });

  test('is in no error of a connection, also when the answer is no HTTP and echoes it', async () => {
    const answers = [
      `HTTP/9 ${FORMS.join(' ')}`,
      `HTTP/1.1 200 OK\r\n${FORMS[1] ?? ''} no header\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nContent-Length: ${SECRET}\r\n\r\n`,
      FORMS.join('\r\n'),
      `HTTP/1.1 200 ${SECRET}\r\nContent-Length: 999\r\n\r\n${SECRET}`,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${SECRET}`,
    ];
    for (const answer of answers) {
      await using partner = await startRawPartner((socket) => socket.end(answer));
      await using client = openClient({ credentials: BASIC });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'connection.failed', answer);
      assertClean(fault, answer);
    }
  });

  test('is not in what a library says of a connection', () => {
    const url = new URL('https://partner.example/');
    const fault = toConnectionFault(
      new Error(`bad ${SECRET}`),
      { method: 'GET', url },
      createRedaction(BASIC),
    );
    assert.equal(fault.code, 'connection.failed');
    assertClean(fault, 'cause');
  });

  test('is in no error when it is the key of a certificate', async () => {
    const { cert, key } = makeAuthority('Clients').issue({ subject: named('us') });
    const line = key.split('\n')[1] ?? '';
    await using plain = await startPartner(() => ({ body: {} }));
    for (const pem of [key, `${cert}${key.replace('MIG', 'AAA')}`, `${cert}${key}`]) {
      await using client = openClient({ credentials: { kind: 'certificate', pem } });
      const fault = await faultOf(client.readService(`https://127.0.0.1:${plain.port}/`));
      const shown = inspect(fault, { depth: 9, showHidden: true });
      assert.ok(!shown.includes(line.slice(4)), shown);
    }
  });
});

describe('a text of others', () => {
  test('is left alone where there is no secret', () => {
    const redaction = createRedaction({ kind: 'none' });
    assert.equal(redaction.strip('Bearer abc'), 'Bearer abc');
    assert.equal(redaction.quote('  a \n b '), 'a b');
    assert.equal(redaction.quote(' \u0000 '), undefined);
    assert.equal(redaction.quote('5 < 6 > 4'), '5 < 6 > 4');
  });

  test('loses the secret as it was given, as it goes out and as it is written in a URL', () => {
    const redaction = createRedaction(BASIC);
    for (const form of FORMS) assert.ok(!redaction.strip(`x ${form} y`).includes(form), form);
    assert.equal(redaction.strip(`it was ${SECRET}.`), 'it was [secret].');
    assert.equal(redaction.strip('analyst'), 'analyst');
  });

  test('loses a secret that characters which do not show take apart', () => {
    const redaction = createRedaction(bearer('hunter2'));
    assert.equal(redaction.quote('hun\u0000te\u200br2'), '[secret]');
  });

  test('loses a secret with characters that mean something in a pattern', () => {
    const odd = '.*+?^${}()|[]\\/-';
    const redaction = createRedaction({ kind: 'header', name: 'x-key', value: odd });
    assert.equal(redaction.strip(`a${odd}b`), 'a[secret]b');
    assert.equal(redaction.strip('anything else'), 'anything else');
  });
});
