import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makePlace, runPollwatch, startServer } from './run-pollwatch.ts';

const QUICK_MS = 20_000;

test('a database that can be nowhere ends every command quickly with status 1 and the setting to change', async (t) => {
  const place = await makePlace();
  t.after(() => place.remove());
  const file = join(place.folder, 'plain-file');
  await writeFile(file, 'x');
  await mkdir(join(place.folder, 'folder.db'));
  const cases = [
    [join(file, 'x.db'), 'a part of the path is a file and no folder'],
    [join(file, 'deeper', 'x.db'), 'a part of the path is a file and no folder'],
    [join(place.folder, 'folder.db'), 'there is no file that may be written'],
    // Here the kernel says that the parent is missing, whatever is made.
    ...(existsSync('/proc/self') ? ([['/proc/nope/x.db', 'no folder can be made there']] as const) : []),
  ] as const;
  for (const [path, reason] of cases) {
    for (const command of ['serve', 'collections']) {
      const env = { ...place.env, POLLWATCH_DATABASE_URL: `sqlite:${path}` };
      const started = performance.now();
      const { exitCode, stdout, stderr } = await runPollwatch(env, [command]);
      assert.equal(exitCode, 1, stderr);
      assert.equal(stdout, '');
      assert.equal(
        stderr,
        `error: The database "${path}" cannot be opened. Check that POLLWATCH_DATABASE_URL names a file in a folder that you may write to: ${reason}.\n`,
      );
      assert.ok(performance.now() - started < QUICK_MS, path);
    }
  }
});

test('the password of a MongoDB stands in no message, whatever is wrong with its address', async (t) => {
  const place = await makePlace();
  t.after(() => place.remove());
  const secret = 'hunter2secret';
  const there = '127.0.0.1:1/pollwatch';
  const urls = [
    `mongodb://alice:${secret}@${there}`,
    `mongodb+srv://alice:${secret}@nowhere.invalid/pollwatch`,
    `mongodb://alice:${secret}@${there}?tls=true&tlsCAFile=/nonexistent`,
    `mongodb://${there}?tls=true&tlsCertificateKeyFile=/nonexistent&tlsCertificateKeyFilePassword=${secret}`,
    `mongodb://alice:${secret}@x@${there}`,
  ];
  await Promise.all(
    urls.map(async (url) => {
      const settings = { POLLWATCH_MONGO_TIMEOUT: '100ms', POLLWATCH_LOG_LEVEL: 'debug' };
      const env = { ...place.env, ...settings, POLLWATCH_DATABASE_URL: url };
      const { exitCode, stdout, stderr } = await runPollwatch(env, ['org', 'list', '--json']);
      assert.equal(exitCode, 1, stderr);
      assert.ok(!`${stdout}${stderr}`.includes(secret), stderr);
    }),
  );
});

test('an option that the driver of MongoDB does not take is a wrong setting, named without what it holds (review: L6)', async (t) => {
  const place = await makePlace();
  t.after(() => place.remove());
  const there = 'mongodb://alice:hunter2@127.0.0.1:1/pollwatch';
  const cases = [
    [`${there}?foo=bar`, 'The option foo of'],
    [`${there}?authMechanism=hunter2`, 'Something in'],
    [`${there}?tls=hunter2`, 'Something in'],
  ] as const;
  for (const [url, which] of cases) {
    const env = { ...place.env, POLLWATCH_DATABASE_URL: url };
    for (const command of [['serve'], ['org', 'list'], ['copy', '--from', url, '--to', 'sqlite:x.db']]) {
      const { exitCode, stderr } = await runPollwatch(env, command);
      assert.equal(exitCode, 1, stderr);
      assert.ok(stderr.startsWith(`error: ${which} `), stderr);
      assert.match(stderr, /is nothing that the driver of MongoDB takes\. Check the address and the options/);
      assert.doesNotMatch(stderr, /hunter2|Something went wrong/);
    }
  }
});

test('the folders above a new database are made', async (t) => {
  const place = await makePlace();
  t.after(() => place.remove());
  const path = join(place.folder, 'a', 'b', 'c', 'x.db');
  const server = await startServer({ ...place.env, POLLWATCH_DATABASE_URL: `sqlite:${path}` });
  assert.equal(await server.stop(), 0);
  assert.ok(existsSync(path));
});
