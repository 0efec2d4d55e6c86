import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runInNewContext, Script } from 'node:vm';
import { loadSettings } from '../../server/config/load.ts';
import { INDEXES } from '../../server/storage/mongo/layout.ts';
import { findUnknownSettings, readDocument, textAt, treesAt } from './deploy-files.ts';

const FILE = 'docs/operations.md';
const text = readFileSync(FILE, 'utf8');
const alerts = treesAt(readDocument('deploy/prometheus-alerts.yaml'), 'groups').flatMap((group) =>
  treesAt(group, 'rules'),
);

/** The blocks of code in one language. */
function codeIn(language: string): readonly string[] {
  const blocks = text.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...blocks].filter(([, name]) => name === language).map(([, , code = '']) => code);
}

/** Every command of the command line, as it is typed: `user add`. */
function listCommands(): ReadonlySet<string> {
  const options = { encoding: 'utf8', env: {} } as const;
  const { stdout } = spawnSync(process.execPath, ['scripts/pollwatch.js', 'completion', 'fish'], options);
  return new Set([...stdout.matchAll(/'pollwatch ([a-z -]+)'/g)].map(([, name = '']) => name));
}

/** The names of metrics that our own code makes. */
function listMetrics(): ReadonlySet<string> {
  const sources = globSync('server/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  return new Set(
    sources.flatMap((source) => [...source.matchAll(/'(pollwatch_[a-z_]+)'/g)].map(([, name = '']) => name)),
  );
}

/** The names of metrics in a text that nothing makes. */
function findUnknownMetrics(where: string): readonly string[] {
  const known = listMetrics();
  const found = new Set(where.match(/\bpollwatch_[a-z_]+/g) ?? []);
  return [...found].filter(
    (name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')),
  );
}

describe('docs/operations.md', () => {
  test('every setting, file and heading that it names is there', () => {
    assert.deepEqual(findUnknownSettings(text), []);
    const paths = new Set(text.match(/\b(?:deploy|collections|scripts)\/[\w./-]*\w/g) ?? []);
    const named = [...paths].filter((path) => !path.startsWith('scripts/pollwatch'));
    assert.ok(named.length >= 5);
    assert.deepEqual(
      named.filter((path) => !existsSync(path)),
      [],
    );
    const links = [...text.matchAll(/\]\(([^)#]+)?(?:#([\w-]+))?\)/g)];
    for (const [, path, heading] of links) {
      if (path !== undefined) assert.ok(existsSync(join('docs', path)), path);
      else assert.match(text, new RegExp(`^#+ ${(heading ?? '').replaceAll('-', ' ')}$`, 'im'));
    }
  });

  test('every command that it shows is one of the command line', () => {
    const commands = listCommands();
    const shown = codeIn('sh')
      .flatMap((code) => [...code.matchAll(/^(?:.* )?pollwatch(?:\.js)? ([a-z][a-z-]*)(?: ([a-z]+))?/gm)])
      .filter(([line]) => /^pollwatch |pollwatch\.js /.test(line))
      .map(([, name = '', next = '']) => (commands.has(`${name} ${next}`) ? `${name} ${next}` : name));
    assert.ok(shown.includes('user add') && shown.includes('backup'));
    assert.deepEqual(
      shown.filter((name) => !commands.has(name)),
      [],
    );
  });

  test('every metric that it, or an alert, names is given out', () => {
    assert.ok(listMetrics().has('pollwatch_requests_total'));
    assert.deepEqual(findUnknownMetrics(text), []);
    assert.ok(alerts.length >= 10);
    for (const alert of alerts) assert.deepEqual(findUnknownMetrics(textAt(alert, 'expr')), []);
  });

  test('it says what to do about every alert, and about no other', () => {
    const described = [...text.matchAll(/^\| (Pollwatch[A-Z]\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(
      described,
      alerts.map((alert) => textAt(alert, 'alert')),
    );
  });

  test('there are alerts for feeds that fail and for feeds that are not run, each by its feed', () => {
    const ofFeeds = alerts.filter((alert) => textAt(alert, 'alert').startsWith('PollwatchFeed'));
    assert.deepEqual(
      ofFeeds.map((alert) => textAt(alert, 'expr')),
      [
        'max by (feed) (pollwatch_feed_failures) > 0',
        'max by (feed) (pollwatch_feed_due_lag_seconds) > 7200',
      ],
    );
    assert.equal(textAt(ofFeeds[0], 'for'), '1h');
    // A feed is due while a long run of it goes on.
    assert.ok(7200 > loadSettings({}).feedRunTimeoutMs / 1000);
    for (const alert of ofFeeds) assert.match(textAt(alert, 'annotations', 'summary'), /\$labels\.feed/);
  });

  test('the code for mongosh can be read, and each shard key that it sets has an index', () => {
    const blocks = codeIn('js');
    assert.ok(blocks.length >= 3);
    for (const block of blocks) assert.doesNotThrow(() => new Script(block), block);
    const keys = new Map<string, readonly string[]>();
    const sh = { shardCollection: (name: string, key: object) => keys.set(name, Object.keys(key)) };
    runInNewContext(blocks.find((block) => block.includes('sh.shardCollection')) ?? '', { sh });
    assert.deepEqual([...keys.keys()], ['pollwatch.entries', 'pollwatch.objects']);
    for (const [name, key] of keys) {
      const indexes = INDEXES.filter(({ collection }) => name === `pollwatch.${collection}`);
      const served = indexes.map((index) => Object.keys(index.key).slice(0, key.length));
      assert.ok(
        served.some((fields) => fields.join() === key.join()),
        name,
      );
    }
    const analysts = INDEXES.filter(({ collection }) => collection === 'objects').map(({ key }) =>
      Object.keys(key),
    );
    assert.ok(analysts.some((fields) => fields.join() === 'stix.type,stix.modified'));
  });
});
