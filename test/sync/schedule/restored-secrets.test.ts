import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import type { FeedAuth, FeedSecret } from '../../../server/domain/feed.ts';
import type { FeedRequest } from '../../../server/sync/feed-services.ts';
import { checkTerms } from '../../../server/sync/feed-rules.ts';
import { readAuthorities, readCredentials } from '../../../server/sync/run/secrets.ts';
import { faultOf, makeFolder } from './secret-kit.ts';

test('a feed that came in from a backup gets no secret that a feed could not be added with', async (t) => {
  const folder = await makeFolder(t);
  const file = join(folder, 'secret');
  await writeFile(file, 'of-ours');
  const env = { POLLWATCH_DATABASE_URL: 'of-ours', pollwatch_x: 'of-ours', OTHER: 'of-ours' };
  const cases: readonly (readonly [FeedAuth, FeedSecret])[] = [
    [{ kind: 'bearer' }, { env: 'POLLWATCH_DATABASE_URL' }],
    [{ kind: 'bearer' }, { env: 'pollwatch_x' }],
    [{ kind: 'bearer' }, { file: relative(process.cwd(), file) }],
    [{ kind: 'header', name: 'Host' }, { env: 'OTHER' }],
    [{ kind: 'header', name: 'X-A: b\r\nX-B' }, { env: 'OTHER' }],
    [{ kind: 'basic', user: 'a:b' }, { env: 'OTHER' }],
  ];
  for (const [auth, secret] of cases) {
    const { code, detail } = await faultOf(readCredentials(auth, secret, env));
    assert.equal(code, 'secret.missing');
    assert.match(detail, /add it anew/);
    assert.ok(!detail.includes('of-ours'), detail);
  }
});

test('a pipe in the place of a secret or of authorities keeps nobody waiting', async (t) => {
  const pipe = join(await makeFolder(t), 'pipe');
  execFileSync('mkfifo', [pipe]);
  const secret = await faultOf(readCredentials({ kind: 'bearer' }, { file: pipe }, {}));
  assert.match(secret.detail, /is no file/);
  assert.match((await faultOf(readAuthorities(pipe))).detail, /is no file/);
});

test('a feed begins at no time that a backup could not be restored with', () => {
  const request: FeedRequest = {
    name: 'one',
    url: 'https://partner.example/',
    collection: 'c',
    direction: 'pull',
    cron: '0 0 * * *',
    auth: { kind: 'none' },
    org: 'nass',
    allowPrivate: false,
  };
  for (const since of [0, 1, 2 ** 53 - 2]) assert.equal(checkTerms({ ...request, since }).since, since);
  for (const since of [-1, 0.5, 2 ** 53 - 1, 253_402_300_799_000_000]) {
    assert.throws(() => checkTerms({ ...request, since }), { code: 'input.invalid' }, String(since));
  }
});
