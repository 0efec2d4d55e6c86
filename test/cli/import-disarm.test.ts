import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { textOf } from '../../server/disarm/framework.ts';
import type { JsonObject } from '../../server/domain/held.ts';
import { openTestStore } from '../support/test-database.ts';
import { change, drop, find, rebuild, RELEASE, toOtherId } from '../unit/disarm/releases.ts';
import {
  listOf,
  makePlace,
  parseDocument,
  readDocument,
  runPollwatch,
  SAMPLE,
  type Place,
} from './run-pollwatch.ts';

type Document = Readonly<Record<string, unknown>>;

const SUMMER = '2025-06-01';
const FILE = join(import.meta.dirname, '..', 'fixtures', 'disarm', 'release.json');

/** Two builds on: one technique changed, one gone with its relationship, one new. */
const NEXT: readonly JsonObject[] = [
  ...change(drop(rebuild(RELEASE, SUMMER), 'T0901.002'), 'T0902', { description: 'Other.' }),
  ...change([find(rebuild(RELEASE, SUMMER), 'T0902')], 'T0902', {
    id: toOtherId(textOf(find(RELEASE, 'T0902'), 'id'), 'aaaaaa'),
    external_references: [{ source_name: 'mitre-attack', external_id: 'T0903' }],
  }),
];

function countsOf({ added, changed, unchanged, skipped, revoked }: Document): readonly unknown[] {
  return [added, changed, unchanged, skipped, revoked];
}

/** What happened to what, without what stayed. */
function changesIn(document: Document): readonly string[] {
  return listOf(document, 'accounts')
    .filter(({ action }) => action !== 'unchanged')
    .map(({ action, type, externalId }) => `${String(action)} ${String(externalId ?? type)}`)
    .sort();
}

/** What `org add` and `user add` do, in no time. */
async function addAnalyst({ env }: Pick<Place, 'env'>): Promise<void> {
  const bounds = { writeWaitMs: 10_000, maxPendingWrites: 10, pageScanMax: 1000 };
  const database = { url: env['POLLWATCH_DATABASE_URL'] ?? '' };
  const store = await openTestStore({ clock: { now: () => 1 }, ...bounds }, database);
  await store.addOrganisation({ id: 'dhs', name: 'DHS', audience: 'federal', hub: true });
  await store.addUser({ name: 'dhs', org: 'dhs', role: 'analyst', passwordHash: '', disabled: false });
  await store.close();
}

describe('import-disarm', () => {
  let compiled: string;
  let place: Place;
  let number = 0;

  const run = (...args: string[]): ReturnType<typeof runPollwatch> =>
    runPollwatch(place.env, ['import-disarm', ...args, '--as', 'dhs']);
  const entries = async (): Promise<unknown> =>
    listOf(await readDocument(place.env, ['collections']), 'collections').find(
      ({ alias }) => alias === 'reference',
    )?.['entries'];
  const write = async (objects: readonly unknown[]): Promise<string> => {
    number += 1;
    const file = join(place.folder, `release-${number}.json`);
    await writeFile(file, JSON.stringify({ type: 'bundle', id: 'bundle--1', objects }));
    return file;
  };
  const importFrom = async (objects: readonly unknown[], ...args: string[]): Promise<Document> =>
    parseDocument((await run(await write(objects), ...args, '--json')).stdout);

  before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pollwatch-compiled-'));
  });
  after(() => rm(compiled, { recursive: true, force: true }));
  beforeEach(async () => {
    const made = await makePlace();
    place = { ...made, env: { ...made.env, NODE_COMPILE_CACHE: compiled } };
    await addAnalyst(place);
  });
  afterEach(() => place.remove());

  test('adds every object of a first release, and nothing when it comes again', async () => {
    const first = await run(FILE);
    assert.deepEqual([first.exitCode, first.stderr], [0, '']);
    assert.match(
      first.stdout,
      /^DISARM as built at 2025-03-01T10:00:00\.2485Z, to reference: 11 objects in the file\n/,
    );
    assert.match(first.stdout, /^all +11 +0 +0 +0 +0$/m);
    assert.match(first.stdout, /^11 objects: 11 success, 0 failure, 0 pending$/m);
    assert.equal(await entries(), 11);
    const second = await run(FILE);
    assert.equal(second.exitCode, 0);
    assert.match(second.stdout, /^all +0 +0 +11 +0 +0$/m);
    assert.match(second.stdout, /Nothing to store\.\n$/);
    assert.equal(await entries(), 11);
  });

  test('adds nothing from a rebuild of the same content', async () => {
    await run(FILE);
    const document = await importFrom(rebuild(RELEASE, SUMMER));
    assert.deepEqual(countsOf(document), [0, 0, 11, 0, 0]);
    assert.equal(document['upload'], null);
    assert.equal(await entries(), 11);
  });

  test('brings exactly what is new, changed and gone in a later release', async () => {
    await run(FILE);
    const file = await write(NEXT);
    const { exitCode, stdout, stderr } = await run(file);
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /^Added \(1\):\n {2}T0903 +attack-pattern--/m);
    assert.match(stdout, /^Changed \(1\):\n {2}T0902 +attack-pattern--/m);
    assert.match(stdout, /^Revoked \(2\):\n {2}T0901\.002 .*no longer in DISARM/m);
    assert.match(stdout, /^4 objects: 4 success, 0 failure, 0 pending$/m);
    assert.equal(await entries(), 15);
    assert.deepEqual(countsOf(await importFrom(NEXT)), [0, 0, 10, 0, 0]);
  });

  test('shows with --dry-run what would happen, and stores nothing', async () => {
    await run(FILE);
    const document = await importFrom(NEXT, '--dry-run');
    assert.equal(document['dryRun'], true);
    assert.deepEqual(changesIn(document), [
      'added T0903',
      'changed T0902',
      'revoked T0901.002',
      'revoked relationship',
    ]);
    assert.equal(await entries(), 11);
    assert.deepEqual(changesIn(await importFrom(NEXT)), changesIn(document));
    assert.match((await run(FILE, '--dry-run')).stderr, /built at 2025-03-01.* before what is held/);
  });

  test('changes nothing for an older release, and says why', async () => {
    await importFrom(NEXT);
    const { exitCode, stderr } = await run(FILE);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^error: This release was built at 2025-03-01T10:00:00\.2485Z, before what is held \(2025-06-01.*Nothing was stored\.\n$/,
    );
    assert.equal(await entries(), 10);
  });

  test('names what is held with a time to come, which makes no release an older one', async () => {
    await run(FILE);
    const [tactic] = RELEASE;
    const ahead = { ...tactic, modified: '9999-01-01T00:00:00.000Z' };
    const held = await write([ahead]);
    await readDocument(place.env, ['upload', held, '--as', 'dhs', '--to', 'reference']);
    const document = await importFrom(NEXT, '--dry-run');
    assert.deepEqual(document['ahead'], [{ id: tactic?.['id'], modified: ahead.modified }]);
    const { exitCode, stdout, stderr } = await run(await write(NEXT));
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      /^Held with a time more than a day ahead of the clock, .* \(1\):\n {2}x-mitre-tactic--\S+ {2}9999-01-01T/m,
    );
    assert.match(stdout, /^4 objects: 4 success, 0 failure, 0 pending$/m);
  });

  test('drops more than half of what is held only with --revoke-most', async () => {
    await run(FILE);
    const less = ['T0901', 'T0901.001', 'T0901.002', 'T0902'].reduce(drop, rebuild(RELEASE, SUMMER));
    const file = await write(less);
    const { exitCode, stderr } = await run(file);
    assert.equal(exitCode, 1);
    assert.match(stderr, /drops more than half .* add --revoke-most\.\n$/);
    assert.equal(await entries(), 11);
    const meant = await run(file, '--revoke-most');
    assert.equal(meant.exitCode, 0, meant.stderr);
    assert.equal(await entries(), 17);
  });

  test('lists what it leaves out, and ends with status 1', async () => {
    const file = await write(change(RELEASE, 'T0902', { external_references: undefined }));
    const { exitCode, stdout } = await run(file);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^Left out \(1\):\n +attack-pattern--\S+ +Give Away Tickets +it has no external_id/m,
    );
    assert.equal(await entries(), 10);
  });

  test('refuses what is not DISARM, and names the file', async () => {
    const { exitCode, stdout, stderr } = await run(SAMPLE);
    assert.deepEqual([exitCode, stdout], [1, '']);
    assert.match(stderr, /august-2018\.json: This is no release of DISARM: .* pollwatch upload\n$/);
    assert.match(
      (await run(join(place.folder, 'missing.json'))).stderr,
      /missing\.json: There is no such file/,
    );
  });

  test('counts the rights of the user, and the use of the collection', async () => {
    await readDocument(place.env, ['user', 'add', 'guest', '--org', 'dhs', '--role', 'partner']);
    const denied = await runPollwatch(place.env, ['import-disarm', FILE, '--as', 'guest']);
    assert.equal(denied.exitCode, 1);
    assert.match(denied.stderr, /"guest" may not write to "reference": it is granted to hub:analyst/);
    const intake = await run(FILE, '--to', 'intake');
    assert.equal(intake.exitCode, 2);
    assert.match(intake.stderr, /"intake" does not show what is posted as it is/);
    assert.match((await run(FILE, '--to', 'nowhere')).stderr, /no collection "nowhere"/);
    assert.equal(await entries(), 0);
  });

  test('takes up what an upload of the same file left, and a file from standard input', async () => {
    await readDocument(place.env, ['upload', FILE, '--as', 'dhs', '--to', 'reference']);
    const args = ['import-disarm', '-', '--as', 'dhs'];
    const document = await readDocument(
      place.env,
      args,
      JSON.stringify({ objects: rebuild(RELEASE, SUMMER) }),
    );
    assert.deepEqual(countsOf(document), [0, 4, 7, 0, 0]);
    const kept = listOf(document, 'accounts').find(({ externalId }) => externalId === 'T0902');
    assert.equal(kept?.['id'], find(RELEASE, 'T0902')['id']);
    assert.equal(await entries(), 15);
  });
});
