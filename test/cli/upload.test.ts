import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MAX_HELD_BYTES, MAX_UPLOAD_BYTES } from '../../scripts/cli/upload-files.ts';
import {
  COLLECTIONS,
  listOf,
  makePlace,
  parseDocument,
  readDocument,
  runPollwatch,
  SAMPLE,
  type Place,
} from './run-pollwatch.ts';

const CAMPAIGN = {
  type: 'campaign',
  spec_version: '2.1',
  id: 'campaign--6b1f3c52-3a0c-4a37-8e57-3b8a4d0f9c11',
  created: '2018-08-21T12:00:00.000Z',
  modified: '2018-08-21T12:00:00.000Z',
  name: 'Test',
};

const FRIEND = 'identity--7a0f9b1c-52d3-4b6e-8f10-2c4d6e8f0a1b';

const NAMED_RECIPIENTS = {
  type: 'marking-definition',
  spec_version: '2.1',
  id: 'marking-definition--3c1e5a70-9b2d-4f68-a1c3-5e7092b4d6f8',
  created: '2018-08-21T12:00:00.000Z',
  name: 'For a friend',
  extensions: {
    'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2': {
      extension_type: 'property-extension',
      kind: 'named-recipients',
      recipient_refs: [FRIEND],
    },
  },
};

const FRIENDS = {
  id: '2f1c8d04-6b3e-4a97-8c52-9e0d7f1a3b65',
  alias: 'friends',
  title: 'Friends',
  apiRoot: 'feed',
  release: { policy: 'recipients', recipients: ['friend'], maxTlp: 'red', hold: false },
  references: [],
  read: ['org:friend'],
  write: [],
  stixVersions: ['2.1'],
};

function toCampaign(number: number): typeof CAMPAIGN {
  return { ...CAMPAIGN, id: `campaign--6b1f3c52-3a0c-4a37-8e57-${String(number).padStart(12, '0')}` };
}

describe('upload and submission', () => {
  let place: Place;
  let entriesAtFirst: unknown;

  const upload = (...args: string[]): ReturnType<typeof runPollwatch> =>
    runPollwatch(place.env, ['upload', ...args]);
  const entries = async (): Promise<unknown> =>
    listOf(await readDocument(place.env, ['collections']), 'collections').map((each) => each['entries']);
  const write = async (name: string, content: unknown): Promise<string> => {
    const file = join(place.folder, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  async function fails(pattern: RegExp, exitCode: number, ...args: string[]): Promise<void> {
    const ended = await upload(...args);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.exitCode, exitCode);
    assert.equal(ended.stdout, '');
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }

  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
    await readDocument(place.env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
    await readDocument(place.env, ['user', 'add', 'dhs', '--org', 'dhs', '--role', 'analyst']);
    await readDocument(place.env, ['user', 'add', 'nass', '--org', 'nass', '--role', 'partner']);
    entriesAtFirst = await entries();
  });
  after(() => place.remove());

  test('shows with --dry-run what would become of each object and stores nothing', async () => {
    const { stdout, stderr } = await upload(SAMPLE, '--as', 'dhs', '--dry-run');
    assert.equal(stderr, '');
    assert.match(stdout, /^OBJECT +VERSION +RESULT +WHY\n/);
    assert.match(stdout, /^report--8ad0ef1c-b789-4b11-9d93-81d427f8e370 .* success +shown in .*federal/m);
    assert.match(stdout, /^ +withheld from public: /m);
    assert.match(stdout, /Nothing was stored\. To intake, 105 objects: /);
    const document = parseDocument((await upload(SAMPLE, '--as', 'dhs', '--dry-run', '--json')).stdout);
    assert.equal(document['dryRun'], true);
    assert.equal(listOf(document, 'outcomes').length, 105);
    assert.deepEqual(await entries(), entriesAtFirst);
    const again = parseDocument((await upload(SAMPLE, '--as', 'dhs', '--dry-run', '--json')).stdout);
    assert.deepEqual(again, document);
  });

  test('uploads the sample, and a second time finds everything held already', async () => {
    const preview = parseDocument((await upload(SAMPLE, '--as', 'dhs', '--dry-run', '--json')).stdout);
    const first = await upload(SAMPLE, '--as', 'dhs', '--json');
    const [submission] = listOf(parseDocument(first.stdout), 'submissions');
    assert.ok(submission);
    assert.deepEqual(submission['outcomes'], preview['outcomes']);
    assert.equal(submission['objects'], 105);
    assert.equal(first.exitCode, Number(submission['failure']) > 0 ? 1 : 0);
    const entriesAfter = await entries();
    assert.notDeepEqual(entriesAfter, entriesAtFirst);

    const second = parseDocument((await upload(SAMPLE, '--as', 'dhs', '--json')).stdout);
    const [repeated] = listOf(second, 'submissions');
    assert.ok(repeated);
    for (const outcome of listOf(repeated, 'outcomes'))
      assert.match(String(outcome['message']), /^already held/);
    assert.deepEqual(await entries(), entriesAfter);
    for (const name of ['success', 'failure', 'pending']) assert.equal(repeated[name], submission[name]);
  });

  test('prints the submission with its counts, its failures and what is pending', async () => {
    const relationship = {
      ...CAMPAIGN,
      type: 'relationship',
      id: 'relationship--6b1f3c52-3a0c-4a37-8e57-3b8a4d0f9c12',
      relationship_type: 'related-to',
      source_ref: CAMPAIGN.id,
      target_ref: 'campaign--6b1f3c52-3a0c-4a37-8e57-aaaaaaaaaaaa',
    };
    const bad = { ...toCampaign(1), created: 'yesterday\u001b[31m' };
    const file = await write('mixed.json', { objects: [CAMPAIGN, relationship, bad] });
    const { exitCode, stdout } = await upload(file, '--as', 'dhs');
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /^Submission [0-9a-f-]{36} to intake from .*mixed\.json\n3 objects: 1 success, 1 failure, 1 pending\n/,
    );
    assert.match(stdout, /Failed \(1\):\n {2}campaign--6b1f3c52-3a0c-4a37-8e57-000000000001 +\/created/);
    assert.match(stdout, /Pending \(1\):\n {2}relationship--.*waits for federal: .*aaaaaaaaaaaa/);
    assert.ok(!stdout.includes('\u001b'));
  });

  test('lists the first 20 failures and how many more there are; --json lists all', async () => {
    const objects = Array.from({ length: 25 }, (_, index) => ({ ...toCampaign(index + 100), created: 'x' }));
    const file = await write('failures.json', { objects });
    const { stdout } = await upload(file, '--as', 'dhs');
    assert.equal(stdout.match(/^ {2}campaign--/gm)?.length, 20);
    assert.match(stdout, /and 5 more; --json lists all/);
    const [submission] = listOf(
      parseDocument((await upload(file, '--as', 'dhs', '--json')).stdout),
      'submissions',
    );
    assert.equal(listOf(submission ?? {}, 'outcomes').length, 25);
  });

  test('shows a submission with who sent it, its bytes and each outcome', async () => {
    const body = '{"objects":[' + JSON.stringify(toCampaign(2)) + ']}';
    const args = [
      '--as',
      'dhs',
      '--tlp',
      'green',
      '--audience',
      'state,federal',
      '--not-before',
      '2999-01-01T00:00:00Z',
    ];
    const sent = await runPollwatch(place.env, ['upload', '-', ...args, '--json'], body);
    const id = String(listOf(parseDocument(sent.stdout), 'submissions')[0]?.['id']);
    const shown = await readDocument(place.env, ['submission', id]);
    const [outcome] = listOf(shown, 'outcomes');
    assert.deepEqual(
      { ...shown, received: '', collection: '', outcomes: [] },
      {
        id,
        user: 'dhs',
        org: 'dhs',
        collection: '',
        received: '',
        sha256: createHash('sha256').update(body).digest('hex'),
        bytes: body.length,
        state: 'open',
        outcomes: [],
      },
    );
    assert.deepEqual(Object.keys(outcome ?? {}), ['id', 'version', 'result', 'message']);
    assert.equal(outcome?.['result'], 'pending');
    const { stdout } = await runPollwatch(place.env, ['submission', id]);
    assert.match(stdout, /^User +dhs of dhs$/m);
    assert.match(
      stdout,
      /^Said for it +tlp green; audiences federal, state; not before 2999-01-01T00:00:00\.000000Z$/m,
    );
    const unknown = await runPollwatch(place.env, ['submission', '00000000-0000-4000-8000-000000000000']);
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /no submission "0{8}/);
  });

  test('sends more than 5,000 objects in several submissions', async () => {
    const objects = Array.from({ length: 5001 }, (_, index) => toCampaign(index + 10_000));
    const file = await write('many.json', { type: 'bundle', id: 'bundle--1', objects });
    const { exitCode, stdout, stderr } = await upload(file, '--as', 'dhs', '--to', 'reference', '--json');
    assert.equal(exitCode, 0, stderr);
    const submissions = listOf(parseDocument(stdout), 'submissions');
    assert.deepEqual(
      submissions.map((each) => each['objects']),
      [5000, 1],
    );
  });

  test('brings the outcomes up to date when a later part of the upload brings what an earlier one waited for', async () => {
    const first = { ...CAMPAIGN, id: toCampaign(600).id };
    const last = { ...toCampaign(601), description: 'x'.repeat(5 * 2 ** 20) };
    const relationship = {
      ...CAMPAIGN,
      type: 'relationship',
      id: 'relationship--6b1f3c52-3a0c-4a37-8e57-3b8a4d0f9c60',
      name: undefined,
      relationship_type: 'related-to',
      source_ref: first.id,
      target_ref: last.id,
    };
    const file = await write('parts.json', [first, relationship, last]);
    const { stdout, exitCode } = await upload(file, '--as', 'dhs');
    assert.equal(exitCode, 0);
    const counts = stdout.split('\n\n').map((part) => part.split('\n').slice(0, 2));
    const head = /^Submission [0-9a-f-]{36} to intake from .*parts\.json$/;
    for (const [line = ''] of counts) assert.match(line, head);
    assert.deepEqual(
      counts.map(([, line]) => line),
      ['2 objects: 2 success, 0 failure, 0 pending', '1 object: 1 success, 0 failure, 0 pending'],
    );
    const again = parseDocument((await upload(file, '--as', 'dhs', '--json')).stdout);
    assert.deepEqual(Object.keys(again), ['collection', 'submissions', 'warnings']);
    assert.deepEqual(
      listOf(again, 'submissions').map(({ outcomes }) => Array.isArray(outcomes) && outcomes.length),
      [2, 1],
    );
  });

  test('reads standard input to its end before it sends, and leaves no temporary file', async () => {
    const temporary = join(place.folder, 'temporary');
    await mkdir(temporary);
    const env = { ...place.env, TMPDIR: temporary };
    const before = await entries();
    const texts = [toCampaign(610), toCampaign(611)].map((each) => JSON.stringify(each, null, 1));
    const body = `{"objects":[${texts.join(', ')}],"id":"bundle--1","type":"bundle"}`;
    const cut = await runPollwatch(env, ['upload', '-', '--as', 'dhs'], body.slice(0, -1));
    assert.match(cut.stderr, /^error: standard input: The file is not JSON \(line \d+, column \d+\)\.\n$/);
    assert.deepEqual([cut.exitCode, await entries()], [1, before]);
    const { stdout } = await runPollwatch(env, ['upload', '-', '--as', 'dhs', '--json'], body);
    const [submission] = listOf(parseDocument(stdout), 'submissions');
    const sent = Buffer.from(`{"objects":[${texts.join(',')}]}`);
    const sha256 = createHash('sha256').update(sent).digest('hex');
    assert.deepEqual(
      [submission?.['success'], submission?.['sha256'], submission?.['file']],
      [2, sha256, '-'],
    );
    assert.deepEqual(await readdir(temporary), []);
  });

  test('counts the rights of the user, and says what a denial rests on', async () => {
    await fails(
      /"nass" may not write to "intake": it is granted to role:analyst, and nass is partner of nass/,
      1,
      SAMPLE,
      '--as',
      'nass',
    );
    await fails(/no user "nobody"/, 1, SAMPLE, '--as', 'nobody');
    await fails(/no collection "nowhere"/, 1, SAMPLE, '--as', 'dhs', '--to', 'nowhere');
    await fails(/required option '--as/, 2, SAMPLE);
  });

  test('refuses an embargo or defaults for a collection that shows what is posted', async () => {
    await fails(
      /"reference" shows what is posted as it is/,
      2,
      SAMPLE,
      '--as',
      'dhs',
      '--to',
      'reference',
      '--not-before',
      '2999-01-01T00:00:00Z',
    );
    await fails(/RFC 3339/, 2, SAMPLE, '--as', 'dhs', '--not-before', 'tomorrow');
    await fails(
      /one or more of federal, state, private/,
      2,
      SAMPLE,
      '--as',
      'dhs',
      '--audience',
      'federal,public',
    );
  });

  test('says how many warnings there are, and how to see them', async () => {
    const file = await write('warned.json', { ...toCampaign(77), descripton: 'x', labels: ['a'] });
    const people = await upload(file, '--as', 'dhs', '--dry-run');
    assert.match(
      people.stdout,
      /\n1 warning: 401 \(1\); see them with: pollwatch validate .*warned\.json\n$/,
    );
    const document = parseDocument((await upload(file, '--as', 'dhs', '--json')).stdout);
    assert.equal(document['warnings'], 1);
    const clean = await upload(await write('clean.json', toCampaign(78)), '--as', 'dhs');
    assert.doesNotMatch(clean.stdout, /warning/);
  });

  test('names the file that cannot be read, and then sends nothing at all', async () => {
    const good = await write('good.json', toCampaign(3));
    const before = await entries();
    const missing = join(place.folder, 'missing.json');
    await fails(/missing\.json: There is no such file/, 1, good, missing, '--as', 'dhs');
    await fails(/: This is a folder/, 1, good, place.folder, '--as', 'dhs');
    await fails(/bad\.json: The file is not JSON/, 1, good, await write('bad.json', '{"a":'), '--as', 'dhs');
    await fails(
      /list\.json: A file holds one STIX object/,
      1,
      good,
      await write('list.json', [1]),
      '--as',
      'dhs',
    );
    await fails(/only once/, 2, '-', '-', '--as', 'dhs');
    const large = await open(join(place.folder, 'large.json'), 'w');
    const largeFile = join(place.folder, 'large.json');
    await large.truncate(MAX_UPLOAD_BYTES + 1);
    await fails(/large\.json: Too large: .* at most 65536 MiB/, 1, good, largeFile, '--as', 'dhs');
    await large.truncate(MAX_HELD_BYTES + 1);
    await large.close();
    const dryRun = ['--as', 'dhs', '--dry-run'];
    await fails(/large\.json: Too large: .* at most \d+ MiB/, 1, good, largeFile, ...dryRun);
    assert.deepEqual(await entries(), before);
    const accepted = parseDocument((await upload(good, '--as', 'dhs', '--json')).stdout);
    assert.equal(listOf(accepted, 'submissions')[0]?.['success'], 1);
  });

  test('decides anew what is held when an organisation is added that decisions rest on', async () => {
    const other = await makePlace();
    try {
      const dir = join(other.folder, 'collections');
      await cp(COLLECTIONS, dir, { recursive: true });
      await writeFile(join(dir, 'friends.json'), JSON.stringify(FRIENDS));
      const env = { ...other.env, POLLWATCH_COLLECTIONS_DIR: dir };
      await readDocument(env, ['org', 'add', 'dhs', '--name', 'DHS', '--audience', 'federal', '--hub']);
      await readDocument(env, ['user', 'add', 'dhs', '--org', 'dhs', '--role', 'analyst']);
      const named = { ...toCampaign(4), object_marking_refs: [NAMED_RECIPIENTS.id] };
      const file = await write('named.json', { objects: [NAMED_RECIPIENTS, named] });
      await runPollwatch(env, ['upload', file, '--as', 'dhs']);
      const countFriends = async (): Promise<unknown> =>
        listOf(await readDocument(env, ['collections']), 'collections').find(
          ({ alias }) => alias === 'friends',
        )?.['entries'];
      assert.equal(await countFriends(), 0);
      const add = ['org', 'add', 'friend', '--name', 'Friend', '--audience', 'private', '--identity', FRIEND];
      await readDocument(env, add);
      assert.equal(await countFriends(), 1);
    } finally {
      await other.remove();
    }
  });

  test('takes the collections from the files while no server ever started, and names what is wrong with them', async () => {
    const other = await makePlace();
    try {
      await mkdir(join(other.folder, 'none'));
      const env = { ...other.env, POLLWATCH_COLLECTIONS_DIR: join(other.folder, 'none') };
      const { exitCode, stderr } = await runPollwatch(env, ['collections']);
      assert.equal(exitCode, 1);
      assert.match(stderr, /found no \*\.json file/);
      const listed = listOf(await readDocument(other.env, ['collections']), 'collections');
      assert.deepEqual(
        listed.map(({ alias, policy, entries: count }) => [alias, policy, count]),
        [
          ['federal', 'audience', 0],
          ['intake', 'intake', 0],
          ['private', 'audience', 0],
          ['public', 'audience', 0],
          ['reference', 'as-posted', 0],
          ['state', 'audience', 0],
        ],
      );
      // What is stored now counts, whatever the folder says.
      assert.equal((await runPollwatch(env, ['collections'])).exitCode, 0);
    } finally {
      await other.remove();
    }
  });
});

test('the sample that these tests upload has 105 objects', async () => {
  assert.equal(listOf(parseDocument(await readFile(SAMPLE, 'utf8')), 'objects').length, 105);
});
