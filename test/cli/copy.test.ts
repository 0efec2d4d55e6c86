import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readDocument, runPollwatch, startServer, type Place } from './run-pollwatch.ts';
import { atDatabase, interrupt, makeFilledPlace, readDatabase, watchImport } from './transfer-place.ts';

const OBJECTS = 4000;

describe('copy', { timeout: 300_000 }, () => {
  let place: Place;
  let from: string;
  let count = 0;
  before(async () => {
    place = await makeFilledPlace(OBJECTS);
    from = place.env['POLLWATCH_DATABASE_URL'] ?? '';
  });
  after(() => place.remove());
  const another = (): ReturnType<typeof atDatabase> => atDatabase(place, `copied-${(count += 1)}.db`);
  const toArguments = (to: string): readonly string[] => ['copy', '--from', from, '--to', to];

  test('a copy has the same records, and the source is as it was', async () => {
    const before = await readDatabase(place, place.env);
    const target = another();
    const copied = await readDocument(place.env, toArguments(target.url));
    assert.deepEqual(copied, {
      from,
      to: target.url,
      finished: true,
      resumed: false,
      records: before.length,
      sourceChanged: false,
      activeFeeds: 0,
    });
    assert.deepEqual(await readDatabase(place, target.env), before);
    assert.deepEqual(await readDatabase(place, place.env), before);
  });

  test('a copy and a restore say how many feeds will run by themselves, and what to do about a copy for tests', async () => {
    const source = another();
    await readDocument(source.env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
    const addFeed = (name: string): ReturnType<typeof readDocument> =>
      readDocument(source.env, [
        ...['feed', 'add', name, '--url', 'https://taxii.example/api/', '--collection', 'x'],
        ...['--direction', 'pull', '--cron', '0 4 * * *', '--org', 'nass'],
      ]);
    for (const name of ['one', 'two']) await addFeed(name);
    await readDocument(source.env, ['feed', 'pause', 'two']);
    const file = join(place.folder, 'feeds.backup');
    await readDocument(source.env, ['backup', file]);
    const copyTo = (to: string): readonly string[] => ['copy', '--from', source.url, '--to', to];
    const said =
      /^(Copied|Restored) .*\n1 feed is not paused, and runs by schedule as soon as a server starts on this database\. .*POLLWATCH_FEEDS=off.*pollwatch feed pause NAME\n$/;
    const copied = await runPollwatch(place.env, copyTo(another().url));
    assert.match(copied.stdout, said);
    assert.equal((await readDocument(place.env, copyTo(another().url)))['activeFeeds'], 1);
    const restored = await runPollwatch(another().env, ['restore', file]);
    assert.match(restored.stdout, said);
    assert.equal((await readDocument(another().env, ['restore', file]))['activeFeeds'], 1);
    await addFeed('three');
    assert.match(
      (await runPollwatch(place.env, copyTo(another().url))).stdout,
      /\n2 feeds are not paused, and run /,
    );
    for (const name of ['one', 'three']) await readDocument(source.env, ['feed', 'pause', name]);
    assert.match((await runPollwatch(place.env, copyTo(another().url))).stdout, /^Copied .*\n$/);
  });

  test('a copy that is killed at any moment is not served, and goes on where it was', async (t) => {
    const target = another();
    const watch = await watchImport(target.env);
    t.after(() => watch.close());
    for (const records of [0, 1000]) {
      const killed = await interrupt(place.env, toArguments(target.url), 'SIGKILL', watch.has(records));
      assert.equal(killed.signal, 'SIGKILL', 'it was done before it could be killed');
    }
    const refused = await runPollwatch(target.env, ['serve']);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, /Run the same "pollwatch restore" or "pollwatch copy" again/);
    const onward = await runPollwatch(place.env, ['copy', '--from', target.url, '--to', another().url]);
    assert.match(onward.stderr, /holds a restore or a copy that did not come to its end\. Finish that first/);
    const stopped = await interrupt(place.env, toArguments(target.url), 'SIGINT', watch.has(2000));
    assert.equal(stopped.exitCode, 1, stopped.stderr);
    assert.match(stopped.stdout, /^Copied \d+ of \d+ records\.\n$/);
    assert.equal(stopped.stderr, 'error: The copy was stopped. Run the same command again to go on.\n');
    const copied = await readDocument(place.env, toArguments(target.url));
    assert.equal(copied['resumed'], true);
    const expected = await readDatabase(place, place.env);
    assert.equal(copied['records'], expected.length);
    assert.deepEqual(await readDatabase(place, target.env), expected);
    const server = await startServer(target.env);
    assert.equal(await server.stop(), 0);
  });

  test('a copy whose source has changed since it was stopped does not go on', async () => {
    const target = another();
    const watch = await watchImport(target.env);
    await interrupt(place.env, toArguments(target.url), 'SIGKILL', watch.has(1000));
    await watch.close();
    await readDocument(place.env, ['org', 'add', 'new', '--name', 'New', '--audience', 'state']);
    const changed = await runPollwatch(place.env, toArguments(target.url));
    assert.equal(changed.exitCode, 1);
    assert.match(changed.stderr, /^error: The database holds a part of something else/);
  });

  test('two copies to one place at once leave one whole copy', async () => {
    const target = another();
    const runs = await Promise.all([1, 2].map(() => runPollwatch(place.env, toArguments(target.url))));
    const failed = runs.filter(({ exitCode }) => exitCode !== 0);
    assert.ok(failed.length < 2, failed.map(({ stderr }) => stderr).join());
    for (const { stderr } of failed) assert.match(stderr, /^error: (The database|No import) /);
    assert.deepEqual(await readDatabase(place, target.env), await readDatabase(place, place.env));
  });

  test('a place that is taken, the same, missing or none is refused with status 1 or 2, without a password', async () => {
    const used = another();
    await readDocument(used.env, ['org', 'list']);
    const taken = await runPollwatch(place.env, toArguments(used.url));
    assert.equal(taken.exitCode, 1);
    assert.match(taken.stderr, /^error: The database is not empty\./);
    assert.equal((await runPollwatch(place.env, toArguments(from))).exitCode, 2);
    const missing = another();
    const none = await runPollwatch(place.env, ['copy', '--from', missing.url, '--to', another().url]);
    assert.equal(none.exitCode, 1);
    assert.match(none.stderr, /^error: There is no database sqlite:/);
    assert.equal(existsSync(missing.path), false);
    for (const url of [
      'mongodb://ann:hunter22@localhost',
      'sqlite::memory:',
      'x.db',
      'postgres://ann:hunter22@x/y',
    ]) {
      const { exitCode, stderr } = await runPollwatch(place.env, toArguments(url));
      assert.equal(exitCode, 2, url);
      assert.match(stderr, /^error: --to: /);
      assert.doesNotMatch(stderr, /hunter22/);
    }
    const nowhere = await runPollwatch(place.env, toArguments('sqlite:/dev/null/x.db'));
    assert.match(nowhere.stderr, /Check that the option \(--from, --to\) names a file/);
  });
});
