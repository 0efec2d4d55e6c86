import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FeedAuth, FeedSecret } from '../../../server/domain/feed.ts';
import { readAuthorities, readCredentials } from '../../../server/sync/run/secrets.ts';
import { faultOf, makeFolder } from './secret-kit.ts';

const VARIABLE: FeedSecret = { env: 'PARTNER' };
const BEARER: FeedAuth = { kind: 'bearer' };

describe('a secret', () => {
  test('becomes what each kind of partner wants', async () => {
    const read = (auth: FeedAuth) => readCredentials(auth, VARIABLE, { PARTNER: 's3cret' });
    const authorization = (value: string) => ({ kind: 'header', name: 'authorization', value });
    assert.deepEqual(await read(BEARER), authorization('Bearer s3cret'));
    assert.deepEqual(await read({ kind: 'token' }), authorization('Token s3cret'));
    assert.deepEqual(await read({ kind: 'basic', user: 'alice' }), authorization('Basic YWxpY2U6czNjcmV0'));
    assert.deepEqual(await read({ kind: 'header', name: 'X-Api-Key' }), {
      kind: 'header',
      name: 'X-Api-Key',
      value: 's3cret',
    });
    assert.deepEqual(await read({ kind: 'cert' }), { kind: 'certificate', pem: 's3cret' });
    assert.deepEqual(await readCredentials({ kind: 'none' }, undefined, {}), { kind: 'none' });
  });

  test('loses one line end and nothing else', async (t) => {
    const file = join(await makeFolder(t), 'secret');
    const basic: FeedAuth = { kind: 'basic', user: 'u' };
    for (const [text, expected] of [
      ['pass', 'pass'],
      ['pass\n', 'pass'],
      ['pass\r\n', 'pass'],
      [' pass phrase ', ' pass phrase '],
      ['paß', 'paß'],
    ] as const) {
      await writeFile(file, text);
      const found = await readCredentials(basic, { file }, {});
      assert.equal(found.kind, 'header');
      const { value } = found;
      assert.equal(Buffer.from(value.slice('Basic '.length), 'base64').toString('utf8'), `u:${expected}`);
    }
  });

  test('is read through a link, as orchestrators give it', async (t) => {
    const folder = await makeFolder(t);
    await writeFile(join(folder, 'data'), 'linked\n');
    await symlink(join(folder, 'data'), join(folder, 'secret'));
    const found = await readCredentials(BEARER, { file: join(folder, 'secret') }, {});
    assert.deepEqual(found, { kind: 'header', name: 'authorization', value: 'Bearer linked' });
  });

  test('that is missing, empty or too large is said with its place', async (t) => {
    const folder = await makeFolder(t);
    const large = 'x'.repeat(65_537);
    const [empty, huge, absent] = ['empty', 'huge', 'absent'].map((name) => join(folder, name));
    assert.ok(empty !== undefined && huge !== undefined && absent !== undefined);
    await writeFile(empty, '\n');
    await writeFile(huge, large);
    const cases: readonly (readonly [FeedSecret | undefined, Record<string, string>, RegExp])[] = [
      [VARIABLE, {}, /PARTNER is not set/],
      [VARIABLE, { PARTNER: '' }, /PARTNER is not set/],
      [VARIABLE, { PARTNER: '\n' }, /PARTNER is empty/],
      [VARIABLE, { PARTNER: large }, /PARTNER holds more than 65536 bytes/],
      [{ file: absent }, {}, /absent cannot be read: there is none/],
      [{ file: empty }, {}, /empty is empty/],
      [{ file: huge }, {}, /huge holds more than 65536 bytes/],
      [{ file: folder }, {}, /is no file/],
      [{ file: '/dev/zero' }, {}, /is no file/],
      [undefined, {}, /names no secret/],
    ];
    for (const [secret, env, expected] of cases) {
      const { code, detail } = await faultOf(readCredentials(BEARER, secret, env));
      assert.equal(code, 'secret.missing');
      assert.match(detail, expected);
    }
    assert.equal((await readCredentials(BEARER, VARIABLE, { PARTNER: 'x'.repeat(65_536) })).kind, 'header');
  });

  test('that no header can hold is refused, and never repeated', async () => {
    const kinds: readonly FeedAuth[] = [BEARER, { kind: 'token' }, { kind: 'header', name: 'X-Key' }];
    for (const auth of kinds) {
      for (const value of ['hush\r\nX-Evil: 1', ' hush', 'hush ', 'hush\u0000', 'hüsh', 'hush\n\n']) {
        const fault = await faultOf(readCredentials(auth, VARIABLE, { PARTNER: value }));
        assert.equal(fault.code, 'secret.missing');
        assert.doesNotMatch(`${fault.message} ${fault.stack} ${String(fault.cause)}`, /h[uü]sh/);
      }
    }
    const basic: FeedAuth = { kind: 'basic', user: 'u' };
    await faultOf(readCredentials(basic, VARIABLE, { PARTNER: 'hush\u0000' }));
  });
});

test('authorities are read from a file with certificates, and a file without any is refused', async (t) => {
  const folder = await makeFolder(t);
  const good = join(folder, 'ca.pem');
  await writeFile(good, '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n');
  assert.match(await readAuthorities(good), /MII/);
  const bad = join(folder, 'key.pem');
  await writeFile(bad, '-----BEGIN PRIVATE KEY-----\nhush\n');
  for (const [file, expected] of [
    [bad, /key\.pem .*holds no certificate/],
    [join(folder, 'absent'), /absent cannot be read/],
  ] as const) {
    const { code, detail } = await faultOf(readAuthorities(file));
    assert.equal(code, 'tls.failed');
    assert.match(detail, expected);
    assert.doesNotMatch(detail, /hush/);
  }
});
