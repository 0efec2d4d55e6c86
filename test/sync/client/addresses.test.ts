import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { kindOfAddress } from '../../../server/sync/client/address-kinds.ts';
import { createCheckedLookup, type AddressRules } from '../../../server/sync/client/address-rules.ts';
import { faultOf, openClient, startPartner } from './client-kit.ts';

const SEED = 20260831;

/** First and last addresses of what is not public, by the registries (RFC 6890 and its successors). */
const IPV4_RANGES: readonly (readonly [string, string])[] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
];

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}

function isInRange(value: number): boolean {
  return IPV4_RANGES.some(([first, last]) => value >= toNumber(first) && value <= toNumber(last));
}

describe('the kinds of addresses', () => {
  test('no address of a special range is public, and its neighbours are', () => {
    for (const [first, last] of IPV4_RANGES) {
      assert.notEqual(kindOfAddress(first), 'public', first);
      assert.notEqual(kindOfAddress(last), 'public', last);
      for (const next of [toNumber(first) - 1, toNumber(last) + 1]) {
        if (next < 0 || next > 0xffffffff || isInRange(next)) continue;
        assert.equal(kindOfAddress(toIpv4(next)), 'public', toIpv4(next));
      }
    }
  });

  test('any IPv4 address is public exactly when no registry keeps it back', () => {
    const near = fc
      .tuple(fc.constantFrom(...IPV4_RANGES.flat()), fc.integer({ min: -300, max: 300 }))
      .map(([edge, off]) => Math.min(Math.max(toNumber(edge) + off, 0), 0xffffffff));
    fc.assert(
      fc.property(fc.oneof(near, fc.integer({ min: 0, max: 0xffffffff })), (value) => {
        assert.equal(kindOfAddress(toIpv4(value)) === 'public', !isInRange(value), toIpv4(value));
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test('no IPv6 address that carries an IPv4 address is public', () => {
    const value = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(value, (ipv4) => {
        const text = toIpv4(ipv4);
        const hex = `${Math.floor(ipv4 / 65536).toString(16)}:${(ipv4 % 65536).toString(16)}`;
        const carriers = [
          `::ffff:${text}`,
          `::ffff:${hex}`,
          `::${text}`,
          `64:ff9b::${text}`,
          `64:ff9b:1::${text}`,
          `2002:${hex}::1`,
          `2001:0:${hex}::1`,
        ];
        for (const carrier of carriers) assert.notEqual(kindOfAddress(carrier), 'public', carrier);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('an IPv6 address is public only when it is given out to somebody', () => {
    for (const address of [
      '::',
      '::1',
      'fc00::1',
      'fdff::1',
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'ff02::1',
    ]) {
      assert.notEqual(kindOfAddress(address), 'public', address);
    }
    for (const address of [
      '2001:db8::1',
      '2001:2::1',
      '2001:1ff:ffff::1',
      '3fff:fff::1',
      '4000::1',
      '1fff::1',
    ]) {
      assert.notEqual(kindOfAddress(address), 'public', address);
    }
    for (const address of ['2001:200::1', '2606:4700::1111', '2a00:1450::1', '3fff:1000::1', '3ffe::1']) {
      assert.equal(kindOfAddress(address), 'public', address);
    }
  });

  test('what is no address is not public', () => {
    for (const text of ['', 'localhost', '1.2.3', '1.2.3.4.5', '[::1]', '%']) {
      assert.equal(kindOfAddress(text), 'special', text);
    }
  });
});

/** What the lookup of a connection gives for a name with these addresses. */
function lookUp(addresses: readonly string[], rules: AddressRules, all = true): Promise<unknown> {
  const found: LookupAddress[] = addresses.map((address) => ({
    address,
    family: address.includes(':') ? 6 : 4,
  }));
  const lookup = createCheckedLookup(rules, (_name, _options, callback) => callback(null, found));
  return new Promise((resolve, reject) => {
    lookup('partner.example', { all }, (error, given) => {
      if (error) reject(error);
      else resolve(given);
    });
  });
}

const PUBLIC_ONLY: AddressRules = { allowPrivate: false, onlyPrivate: false };

describe('the lookup of a connection', () => {
  test('gives the very addresses that it checked', async () => {
    const given = await lookUp(['93.184.216.34', '2606:4700::1111'], PUBLIC_ONLY);
    assert.deepEqual(given, [
      { address: '93.184.216.34', family: 4 },
      { address: '2606:4700::1111', family: 6 },
    ]);
    assert.equal(await lookUp(['93.184.216.34', '2606:4700::1111'], PUBLIC_ONLY, false), '93.184.216.34');
  });

  test('refuses a name when a single one of its addresses is private', async () => {
    for (const all of [true, false]) {
      const fault = await faultOf(lookUp(['93.184.216.34', '10.0.0.7'], PUBLIC_ONLY, all));
      assert.equal(fault.code, 'address.refused');
      assert.match(fault.detail, /partner\.example .*10\.0\.0\.7.*--allow-private/);
    }
  });

  test('takes private addresses when they are allowed', async () => {
    const rules = { allowPrivate: true, onlyPrivate: false };
    assert.equal(await lookUp(['10.0.0.7'], rules, false), '10.0.0.7');
  });

  test('gives plain http nothing but private addresses, even when these are allowed', async () => {
    const rules = { allowPrivate: true, onlyPrivate: true };
    assert.equal(await lookUp(['127.0.0.1'], rules, false), '127.0.0.1');
    const fault = await faultOf(lookUp(['127.0.0.1', '93.184.216.34'], rules));
    assert.equal(fault.code, 'address.refused');
    assert.match(fault.detail, /https/);
  });

  test('says so when a name has no address', async () => {
    assert.equal((await faultOf(lookUp([], PUBLIC_ONLY))).code, 'address.unknown');
  });
});

describe('the addresses that a client asks', () => {
  test('are not private ones, however they are written', async () => {
    await using client = openClient({ allowPrivate: false });
    const hosts = [
      '127.0.0.1',
      '[::1]',
      '2130706433',
      '0x7f.1',
      '017700000001',
      '127.1',
      '[::ffff:127.0.0.1]',
    ];
    for (const host of [
      ...hosts,
      '169.254.169.254',
      '[fd00::1]',
      '0.0.0.0',
      '[64:ff9b::7f00:1]',
      '192.168.1.1.',
    ]) {
      const fault = await faultOf(client.readService(`https://${host}/taxii2/`));
      assert.equal(fault.code, 'address.refused', host);
      assert.match(fault.detail, /--allow-private/, host);
    }
    assert.equal(client.bill().requests, 0);
  });

  test('are not private ones behind a name, and nothing is connected to', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    await using client = openClient({ allowPrivate: false });
    const fault = await faultOf(client.readService(`https://localhost:${partner.port}/taxii2/`));
    assert.equal(fault.code, 'address.refused');
    assert.equal(partner.connections(), 0);
    assert.deepEqual(client.waits, []);
  });

  test('are private ones when that is allowed, by name and by number', async () => {
    await using partner = await startPartner(() => ({ body: { title: 'T' } }));
    await using client = openClient();
    await client.readService(`http://localhost:${partner.port}/taxii2/`);
    await client.readService(`http://0x7f.1:${partner.port}/taxii2/`);
    assert.equal(partner.seen.length, 2);
  });

  test('are not public ones over plain http, even when private ones are allowed', async () => {
    await using client = openClient();
    const fault = await faultOf(client.readService('http://93.184.216.34/taxii2/'));
    assert.equal(fault.code, 'address.refused');
    assert.match(fault.detail, /https/);
  });

  test('are never over plain http unless private ones are allowed', async () => {
    await using client = openClient({ allowPrivate: false });
    const fault = await faultOf(client.readService('http://partner.example/taxii2/'));
    assert.equal(fault.code, 'address.refused');
    assert.match(fault.detail, /https/);
  });

  test('are neither files nor other schemes, and hold no user, password or query', async () => {
    await using client = openClient();
    const urls = ['file:///etc/passwd', 'ftp://127.0.0.1/', 'gopher://127.0.0.1/', 'nonsense', ''];
    const more = ['https://user@127.0.0.1/', 'https://:hunter2@127.0.0.1/', 'https://127.0.0.1/?key=hunter2'];
    for (const url of [...urls, ...more]) {
      const fault = await faultOf(client.readService(url));
      assert.equal(fault.code, 'address.refused', url);
      assert.ok(!fault.message.includes('hunter2'));
    }
    assert.equal(client.bill().requests, 0);
  });

  test('are not found in a proxy of the environment', async () => {
    await using partner = await startPartner(() => ({ body: { title: 'T' } }));
    await using proxy = await startPartner(() => ({ status: 500 }));
    const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'NODE_USE_ENV_PROXY'];
    for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : proxy.origin;
    try {
      await using client = openClient();
      await client.readService(`${partner.origin}taxii2/`);
    } finally {
      for (const name of names) Reflect.deleteProperty(process.env, name);
    }
    assert.equal(partner.seen.length, 1);
    assert.equal(proxy.connections(), 0);
  });
});
