import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeAuthority, named } from '../../http/tls-certificates.ts';
import { faultOf, openClient, startPartner, startTlsPartner } from './client-kit.ts';

const authority = makeAuthority('Partner Root');
const serving = authority.issue({ subject: named('partner'), use: 'serverAuth' });
const clients = makeAuthority('Client Root');
const ours = clients.issue({ subject: named('pollwatch') });
const body = { title: 'T' };

const start = () => startTlsPartner(serving, () => ({ body }));

/** What the call to a partner over TLS ends with; `authorities` are those of the partner unless told. */
async function faultAt(url: string, authorities: string = authority.cert) {
  await using client = openClient({ authorities });
  const fault = await faultOf(client.readService(url));
  assert.deepEqual(client.waits, []);
  return fault;
}

describe('TLS', () => {
  test('is checked against the authorities of the feed besides the usual ones', async () => {
    await using partner = await start();
    await using client = openClient({ authorities: `${clients.cert}\n# the partner\n${authority.cert}` });
    await client.readService(partner.origin);
    await client.readService(`https://localhost:${partner.port}/`);
    assert.equal(partner.seen.length, 2);
  });

  test('keeps the usual authorities when the feed names its own', async () => {
    await using partner = await start();
    const usual = getCACertificates('default');
    setDefaultCACertificates([...usual, authority.cert]);
    try {
      await using client = openClient({ authorities: clients.cert });
      await client.readService(partner.origin);
    } finally {
      setDefaultCACertificates(usual);
    }
    assert.equal(partner.seen.length, 1);
  });

  test('fails for an authority that nobody named, and says how to name it', async () => {
    await using partner = await start();
    await using client = openClient();
    const fault = await faultOf(client.readService(partner.origin));
    assert.equal(fault.code, 'tls.failed');
    assert.match(fault.detail, /authority that is not known.*--ca-file/);
    assert.equal((await faultAt(partner.origin, clients.cert)).code, 'tls.failed');
    assert.deepEqual(client.waits, []);
    assert.equal(partner.seen.length, 0);
  });

  test('is checked whatever the environment says', async () => {
    await using partner = await start();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await using client = openClient();
      assert.equal((await faultOf(client.readService(partner.origin))).code, 'tls.failed');
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    assert.equal(partner.seen.length, 0);
  });

  test('fails for a certificate that has expired, or is not valid yet, and says so', async () => {
    const use = 'serverAuth';
    const old = authority.issue({ subject: named('old'), use, notAfter: new Date('2020-01-01T00:00:00Z') });
    await using expired = await startTlsPartner(old);
    assert.match((await faultAt(expired.origin)).detail, /has expired/);
    const young = authority.issue({
      subject: named('young'),
      use,
      notBefore: new Date('2045-01-01T00:00:00Z'),
    });
    await using future = await startTlsPartner(young);
    const fault = await faultAt(future.origin);
    assert.equal(fault.code, 'tls.failed');
    assert.match(fault.detail, /not valid yet/);
  });

  test('fails for a certificate of another name, and says so', async () => {
    // The certificate is for localhost and 127.0.0.1.
    await using partner = await startTlsPartner(serving, () => ({ body }), '127.0.0.2');
    const fault = await faultAt(`https://127.0.0.2:${partner.port}/`);
    assert.equal(fault.code, 'tls.failed');
    assert.match(fault.detail, /another name/);
    assert.equal(partner.seen.length, 0);
  });

  test('fails where the partner speaks something else, or only what is too old', async () => {
    await using plain = await startPartner(() => ({ body }));
    const fault = await faultAt(`https://127.0.0.1:${plain.port}/`);
    assert.equal(fault.code, 'tls.failed');
    assert.match(fault.detail, /does not speak TLS/);

    await using old = await startTlsPartner({
      ...serving,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const refused = await faultAt(old.origin);
    assert.equal(refused.code, 'tls.failed');
    assert.match(refused.detail, /TLS 1\.2/);
  });

  test('names the host that is asked, and an address not at all', async () => {
    const names: unknown[] = [];
    await using partner = await startTlsPartner(
      {
        ...serving,
        SNICallback: (name, done) => {
          names.push(name);
          done(null);
        },
      },
      () => ({ body }),
    );
    await using client = openClient({ authorities: authority.cert });
    await client.readService(`https://localhost:${partner.port}/`);
    await client.readService(partner.origin);
    assert.deepEqual(names, ['localhost']);
  });

  test('needs certificates in the file of --ca-file', async () => {
    await using partner = await start();
    for (const authorities of ['', 'rubbish', authority.cert.replace('MII', 'AAA')]) {
      const fault = await faultAt(partner.origin, authorities);
      assert.equal(fault.code, 'tls.failed');
      assert.match(fault.detail, /--ca-file/);
    }
    assert.equal(partner.connections(), 0);
  });
});

describe('a client certificate', () => {
  /** A partner that wants certificates of `clients`. */
  const startStrict = () =>
    startTlsPartner({ ...serving, ca: clients.cert, requestCert: true, rejectUnauthorized: true }, () => ({
      body,
    }));

  test('is shown with its key, in whatever order the file has them', async () => {
    for (const pem of [`${ours.cert}${ours.key}`, `${ours.key}${ours.cert}${clients.cert}`]) {
      await using partner = await startStrict();
      await using client = openClient({
        authorities: authority.cert,
        credentials: { kind: 'certificate', pem },
      });
      await client.readService(partner.origin);
      assert.equal(partner.seen.length, 1);
    }
  });

  test('that is missing, or of another authority, lets nothing through', async () => {
    await using partner = await startStrict();
    const stranger = makeAuthority('Strangers').issue({ subject: named('stranger') });
    for (const credentials of [
      { kind: 'none' },
      { kind: 'certificate', pem: `${stranger.cert}${stranger.key}` },
    ] as const) {
      await using client = openClient({ authorities: authority.cert, credentials });
      const fault = await faultOf(client.readService(partner.origin));
      // With TLS 1.3 the partner may just end the connection.
      assert.match(fault.detail, /client certificate/);
      assert.ok(['tls.failed', 'connection.failed'].includes(fault.code), fault.detail);
    }
    assert.equal(partner.seen.length, 0);
  });

  test('is not shown to another origin than the first one', async () => {
    await using asking = await startTlsPartner(
      { ...serving, ca: clients.cert, requestCert: true, rejectUnauthorized: false },
      () => ({ body }),
    );
    await using first = await start();
    const credentials = { kind: 'certificate', pem: `${ours.cert}${ours.key}` } as const;
    await using home = openClient({ authorities: authority.cert, credentials });
    await home.readService(asking.origin);
    await using away = openClient({ authorities: authority.cert, credentials });
    await away.readService(first.origin);
    await away.readService(asking.origin);
    assert.deepEqual(asking.shown, ['pollwatch', undefined]);
  });

  test('that cannot be read says what it must be, and is not in the error', async () => {
    await using partner = await start();
    const other = clients.issue({ subject: named('other') });
    for (const pem of ['', 'hunter2', ours.cert, ours.key, `${ours.cert}${other.key}`]) {
      await using client = openClient({
        authorities: authority.cert,
        credentials: { kind: 'certificate', pem },
      });
      const fault = await faultOf(client.readService(partner.origin));
      assert.equal(fault.code, 'secret.missing');
      assert.match(fault.detail, /PEM/);
    }
    assert.equal(partner.connections(), 0);
  });
});
