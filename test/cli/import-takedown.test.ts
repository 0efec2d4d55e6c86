import assert from 'node:assert/strict';
import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MAX_LIST_BYTES } from '../../scripts/cli/list-file.ts';
import { parseObjectText } from '../../server/stix/json.ts';
import { VALIDATOR } from '../support/stix-validator.ts';
import { listOf, makePlace, parseDocument, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

type Document = Readonly<Record<string, unknown>>;

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'takedown');
const OPERATION = join(FIXTURES, 'operation.csv');
const TYPED = join(FIXTURES, 'typed.csv');
const KILL_CHAIN = join(FIXTURES, 'kill-chain.csv');
const ACTED_ON = ['--acted-on', '2018-08-21'];
const FACEBOOK = {
  type: 'identity',
  spec_version: '2.1',
  id: 'identity--68e6644c-38dd-47e2-a153-e516518e31c6',
  created: '2018-08-24T18:00:00.000Z',
  modified: '2018-08-24T18:00:00.000Z',
  name: 'Facebook',
  identity_class: 'organization',
};
const HEAD = 'indicator_type,indicator_value,comment,ds\n';

function membersOf(document: Document, name: string): Document {
  return parseDocument(JSON.stringify(document[name]));
}

describe('import-takedown', () => {
  let place: Place;

  const run = (args: readonly string[], input?: string): ReturnType<typeof runPollwatch> =>
    runPollwatch(place.env, ['import-takedown', ...args], input);
  /** As an analyst of the hub, in one operation. */
  const importList = (file: string, name: string, ...more: string[]): ReturnType<typeof runPollwatch> =>
    run([file, '--as', 'dhs', ...ACTED_ON, '--name', name, ...more]);
  const entries = async (): Promise<unknown> =>
    listOf(await readDocument(place.env, ['collections']), 'collections').map((each) => each['entries']);
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = join(place.folder, name);
    await writeFile(file, content);
    return file;
  };
  const outcomesOf = (document: Document): readonly Document[] =>
    listOf(document, 'submissions').flatMap((submission) => listOf(submission, 'outcomes'));

  async function fails(pattern: RegExp, exitCode: number, args: readonly string[]): Promise<void> {
    const ended = await run(args);
    assert.match(ended.stderr, pattern);
    assert.equal(ended.exitCode, exitCode);
    assert.equal(ended.stdout, '');
    assert.doesNotMatch(ended.stderr, /\n\s+at /);
  }

  before(async () => {
    place = await makePlace();
    const organisations = [
      ['dhs', 'DHS', 'federal', '--hub'],
      ['facebook', 'Facebook', 'private', '--identity', FACEBOOK.id],
    ];
    for (const [id = '', name = '', audience = '', ...more] of organisations) {
      await readDocument(place.env, ['org', 'add', id, '--name', name, '--audience', audience, ...more]);
      await readDocument(place.env, ['user', 'add', id, '--org', id, '--role', 'analyst']);
    }
    // Otherwise an incident would wait for the identity of who acted.
    const identity = await write('identity.json', JSON.stringify(FACEBOOK));
    await readDocument(place.env, ['upload', identity, '--as', 'facebook']);
    await readDocument(place.env, ['user', 'add', 'reader', '--org', 'dhs', '--role', 'partner']);
  });
  after(() => place.remove());

  test('prints what became of the rows, those not understood with their lines, and the submission', async () => {
    const { stdout, stderr, exitCode } = await importList(OPERATION, 'Printed Operation');
    assert.equal(stderr, '');
    assert.match(stdout, /^Printed Operation: a takedown by Facebook on 2018-08-21, from .*operation\.csv\n/);
    assert.match(
      stdout,
      /^ROWS +COUNT\nunderstood +19\nused as text +1\nblank +1\nnot understood +5\nall +26\n/m,
    );
    assert.match(stdout, /^incident +1$/m);
    assert.match(stdout, /^Not understood \(5\):\n {2}line 25 +It is neither an address/m);
    assert.match(stdout, /^ {2}line 28 +facebook\.com is a service of many.* facebook\[\.\]com$/m);
    assert.match(
      stdout,
      /^Submission \S+ to intake from .*operation\.csv\n\d+ objects: \d+ success, 0 failure, 0 pending\n {2}\d+: .*shown in federal; withheld from state: its audience/m,
    );
    assert.equal(exitCode, 0);
  });

  test('with --strict, rows that were not understood end it with 1, and the others are uploaded all the same', async () => {
    const ended = await importList(OPERATION, 'Strict Operation', '--strict');
    assert.equal(ended.exitCode, 1);
    assert.match(ended.stderr, /^error: 5 rows were not understood\.\n$/);
    assert.match(ended.stdout, /^\d+ objects: \d+ success, 0 failure/m);
    const file = await write('whole.csv', `${HEAD}domain_name,whole.example,,\n`);
    const whole = await importList(file, 'Whole Operation', '--platform', 'facebook', '--strict');
    assert.equal(whole.exitCode, 0, whole.stderr);
  });

  test('--tlp and --audience say what the objects do not, and the summary where they went', async () => {
    const more = ['--tlp', 'green', '--audience', 'state,private', '--platform', 'facebook'];
    const file = await write('shared.csv', `${HEAD}domain_name,shared.example,,\n`);
    const { stdout } = await importList(file, 'Shared Operation', ...more);
    assert.match(stdout, /^ {2}\d+: shown in state, private; .*withheld from federal: its audience/m);
    const again = await importList(file, 'Shared Operation', ...more);
    assert.match(again.stdout, /^ {2}\d+: already held; shown in state, private;/m);
    assert.doesNotMatch(again.stdout, /^ {2}\d+: shown/m);
    const other = await importList(file, 'Shared Operation', '--platform', 'facebook');
    assert.match(
      other.stdout,
      /^ {2}\d+: already held; what was said for it when it first came still counts;/m,
    );
  });

  test('--not-before keeps everything back until then, and --dry-run stores nothing', async () => {
    const entriesBefore = await entries();
    const file = await write('later.csv', `${HEAD}domain_name,later.example,,\n`);
    const more = ['--platform', 'facebook', '--not-before', '9018-08-21T00:00:00Z', '--dry-run'];
    const tried = await importList(file, 'Later Operation', ...more);
    assert.match(tried.stdout, /^ROWS +COUNT$/m);
    assert.match(tried.stdout, /waits for federal: it is under embargo/);
    assert.match(
      tried.stdout,
      /^Nothing was stored\. To intake, 8 objects: 1 success, 0 failure, 7 pending/m,
    );
    const document = parseDocument((await importList(file, 'Later Operation', ...more, '--json')).stdout);
    assert.equal(document['dryRun'], true);
    assert.equal(listOf(document, 'outcomes').length, 8);
    assert.deepEqual(await entries(), entriesBefore);
  });

  test('a second import finds every object held already and changes nothing', async () => {
    for (const [file, ...more] of [[OPERATION], [TYPED, '--platform', 'facebook']] as const) {
      const first = await importList(file, 'Second Operation', ...more, '--json');
      assert.equal(first.exitCode, 0, first.stderr);
      const entriesAfter = await entries();
      const second = await importList(file, 'Second Operation', ...more, '--json');
      const [before, again] = [first, second].map(({ stdout }) => parseDocument(stdout));
      assert.ok(before && again);
      for (const name of ['rows', 'objects', 'lines', 'notUnderstood'])
        assert.deepEqual(again[name], before[name]);
      for (const { result, message } of outcomesOf(again)) {
        assert.equal(result, 'success');
        assert.match(String(message), /^already held/);
      }
      assert.deepEqual(await entries(), entriesAfter);
    }
  });

  test('the JSON document accounts for every row', async () => {
    const document = parseDocument((await importList(OPERATION, 'Counted Operation', '--json')).stdout);
    const rows = membersOf(document, 'rows');
    assert.deepEqual(rows, { all: 26, understood: 19, text: 1, blank: 1, notUnderstood: 5 });
    assert.equal(listOf(document, 'lines').length, 26);
    assert.deepEqual(
      listOf(document, 'notUnderstood').map(({ line }) => line),
      [25, 26, 27, 28, 29],
    );
    const types = Object.values(membersOf(document, 'objects')).map(Number);
    const [submission] = listOf(document, 'submissions');
    assert.equal(
      types.reduce((sum, count) => sum + count, 0),
      submission?.['objects'],
    );
  });

  test('a list with more rows keeps what it made, and its incident gets a new version', async () => {
    const rows = `${HEAD}domain_name,one.example,,\n`;
    const send = async (content: string, ...more: string[]): Promise<Document> => {
      const file = await write('growing.csv', content);
      const ended = await importList(file, 'Growing Operation', '--platform', 'facebook', '--json', ...more);
      assert.equal(ended.exitCode, 0, ended.stdout);
      return parseDocument(ended.stdout);
    };
    const newOf = (document: Document): readonly string[] =>
      outcomesOf(document)
        .filter(({ message }) => !String(message).startsWith('already held'))
        .map(({ id, version }) => `${String(id).split('--')[0] ?? ''} ${String(version)}`)
        .sort();
    await send(rows);
    const grown = await send(`${rows}domain_name,two.example,,\n`);
    assert.deepEqual(newOf(grown), [
      'domain-name 1970-01-01T00:00:00.000000Z',
      'incident 2018-08-21T00:00:00.001Z',
      'indicator 2018-08-21T00:00:00.000Z',
      'relationship 2018-08-21T00:00:00.000Z',
      'relationship 2018-08-21T00:00:00.000Z',
    ]);
    assert.deepEqual(newOf(await send(`${rows}domain_name,two.example,,\n`)), []);
    const shrunk = await send(rows);
    assert.deepEqual(newOf(shrunk), ['incident 2018-08-21T00:00:00.002Z']);
    const corrected = await send(rows, '--acted-on', '2018-08-22');
    assert.deepEqual(newOf(corrected), [
      'incident 2018-08-21T00:00:00.003Z',
      'indicator 2018-08-21T00:00:00.001Z',
    ]);
  });

  test('a date that was corrected can be corrected back: the latest version has it', async () => {
    const file = await write('dated.csv', `${HEAD}domain_name,dated.example,,\n`);
    const send = async (day: string): Promise<readonly string[]> => {
      const args = [file, '--as', 'dhs', '--name', 'Dated Operation', '--platform', 'facebook'];
      const document = parseDocument((await run([...args, '--acted-on', day, '--json'])).stdout);
      return outcomesOf(document)
        .filter(({ id }) => String(id).startsWith('incident--'))
        .map(({ version, message }) => `${String(version)} ${String(message).split(';')[0] ?? ''}`);
    };
    const out = join(place.folder, 'dated.json');
    const latest = async (): Promise<string> => {
      const args = [file, '--as', 'dhs', '--name', 'Dated Operation', '--platform', 'facebook'];
      await run([...args, '--acted-on', '2024-05-01', '--out', out]);
      return await readFile(out, 'utf8');
    };
    assert.deepEqual(await send('2024-05-01'), ['2024-05-01T00:00:00.000Z shown in federal']);
    assert.deepEqual(await send('2024-05-11'), ['2024-05-01T00:00:00.001Z shown in federal']);
    assert.deepEqual(await send('2024-05-01'), ['2024-05-01T00:00:00.002Z shown in federal']);
    assert.deepEqual(await send('2024-05-01'), ['2024-05-01T00:00:00.002Z already held']);
    assert.match(await latest(), /"acted_on": "2024-05-01T00:00:00Z"/);
  });

  test('lists what an earlier import left behind, until it is revoked', async () => {
    const importRows = (...domains: readonly string[]): ReturnType<typeof run> => {
      const rows = domains.map((domain) => `domain_name,${domain},,\n`).join('');
      const args = ['-', '--as', 'dhs', ...ACTED_ON, '--name', 'Left Operation', '--platform', 'facebook'];
      return run([...args, '--json'], `${HEAD}${rows}`);
    };
    const remainsOf = (ended: { readonly stdout: string }): readonly Document[] =>
      listOf(parseDocument(ended.stdout), 'remains');
    const typesOf = (remains: readonly Document[]): readonly string[] =>
      remains.map(({ id }) => String(id).split('--')[0] ?? '');
    const out = join(place.folder, 'left.json');
    await importRows('kept.example', 'gone.example');
    const remains = remainsOf(await importRows('kept.example'));
    assert.deepEqual(typesOf(remains), ['indicator', 'domain-name', 'relationship', 'relationship']);
    assert.deepEqual(
      remains.slice(0, 2).map(({ text }) => text),
      ["[domain-name:value = 'gone.example']", 'gone.example'],
    );
    const file = await write('left.csv', `${HEAD}domain_name,kept.example,,\n`);
    const told = await importList(file, 'Left Operation', '--platform', 'facebook');
    assert.match(
      told.stdout,
      /^Held from an earlier import .* not in this list \(2, and 2 relationships\):\n {2}indicator--\S+ +\[domain-name:/m,
    );
    // Another list with the same rows is another list.
    assert.deepEqual(
      remainsOf(await importList(file, 'Other Operation', '--platform', 'facebook', '--json')),
      [],
    );

    const whole = await write('both.csv', `${HEAD}domain_name,kept.example,,\ndomain_name,gone.example,,\n`);
    await importList(whole, 'Left Operation', '--platform', 'facebook', '--out', out);
    const objects = listOf(parseDocument(await readFile(out, 'utf8')), 'objects');
    const gone = objects.filter(({ id }) => remains.some((each) => each['id'] === id));
    const revoked = gone
      .filter(({ type }) => type !== 'domain-name')
      .map((object) => ({ ...object, revoked: true, modified: '2018-09-01T00:00:00.000Z' }));
    const bundle = await write('revoked.json', JSON.stringify({ objects: revoked }));
    assert.equal((await runPollwatch(place.env, ['upload', bundle, '--as', 'dhs'])).exitCode, 0);
    assert.deepEqual(remainsOf(await importRows('kept.example')), []);
  });

  test('--out writes a bundle of valid objects in place of the file, and uploads nothing', async () => {
    const out = await write('bundle.json', 'what was there before');
    const entriesBefore = await entries();
    const ended = await importList(OPERATION, 'Written Operation', '--out', out, '--json');
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.equal(parseDocument(ended.stdout)['out'], out);
    assert.equal(parseDocument(ended.stdout)['replaced'], true);
    const bundle = parseDocument(await readFile(out, 'utf8'));
    assert.equal(bundle['type'], 'bundle');
    assert.match(String(bundle['id']), /^bundle--[0-9a-f-]{36}$/);
    for (const object of listOf(bundle, 'objects')) {
      assert.deepEqual(VALIDATOR.check(parseObjectText(JSON.stringify(object))).faults, []);
    }
    assert.deepEqual(await entries(), entriesBefore);
    assert.deepEqual(
      (await readdir(place.folder)).filter((name) => name.includes('partial')),
      [],
    );
    const uploaded = await runPollwatch(place.env, ['upload', out, '--as', 'dhs']);
    assert.equal(uploaded.exitCode, 0, uploaded.stdout);
    const again = await importList(OPERATION, 'Written Operation', '--out', out);
    assert.match(
      again.stdout,
      /^Wrote \d+ objects to .*bundle\.json, in place of the file that was there; /m,
    );
    const other = join(place.folder, 'other.json');
    const first = await importList(OPERATION, 'Written Operation', '--out', other);
    assert.match(first.stdout, /^Wrote \d+ objects to .*other\.json; nothing was uploaded\.$/m);
  });

  test('--out - writes the bundle and nothing else to standard output', async () => {
    for (const more of [[], ['--json']]) {
      const ended = await importList(OPERATION, 'Piped Bundle', '--out', '-', ...more);
      assert.equal(parseDocument(ended.stdout)['type'], 'bundle');
      assert.match(ended.stderr, /^Not understood \(5\):$/m);
      assert.equal(ended.exitCode, 0);
    }
    const nothing = await write('none.csv', `${HEAD}carrier_pigeon,7,,\n`);
    await fails(/No row of the list was understood/, 1, [
      ...[nothing, '--as', 'dhs', ...ACTED_ON, '--name', 'X', '--platform', 'x', '--out', '-'],
    ]);
  });

  test('the bundle gives no warning on ids, nor on platforms that are known', async () => {
    const { stdout } = await importList(OPERATION, 'Quiet Operation', '--out', '-');
    const [checked] = listOf(await readDocument(place.env, ['validate', '-'], stdout), 'files');
    assert.ok(checked);
    // That an incident is attributed to a campaign is not among the relationships that STIX lists.
    assert.deepEqual(
      listOf(checked, 'warnings').map(({ code }) => code),
      [202],
    );
  });

  test('what --out writes and what is uploaded are the same objects', async () => {
    const out = join(place.folder, 'same.json');
    await importList(OPERATION, 'Same Operation', '--out', out);
    await importList(OPERATION, 'Same Operation');
    const uploaded = await readDocument(place.env, ['upload', out, '--as', 'dhs']);
    for (const { message } of outcomesOf(uploaded)) assert.match(String(message), /^already held/);
  });

  test('the objects are by the organisation of the user, and a platform acts on its own list', async () => {
    const out = join(place.folder, 'own.json');
    const ended = await run([
      TYPED,
      '--as',
      'facebook',
      ...ACTED_ON,
      '--name',
      'Own Operation',
      '--out',
      out,
    ]);
    assert.equal(ended.exitCode, 0, ended.stderr);
    assert.match(ended.stdout, /^Own Operation: a takedown by Facebook /);
    const objects = listOf(parseDocument(await readFile(out, 'utf8')), 'objects');
    assert.ok(!objects.some(({ type }) => type === 'identity'));
    for (const { created, created_by_ref } of objects) {
      if (created !== undefined) assert.equal(created_by_ref, FACEBOOK.id);
    }
  });

  test('reads a list from standard input, with a byte order mark and CRLF', async () => {
    const text = `\ufeff${HEAD}domain_name,piped.example,,\n`.replaceAll('\n', '\r\n');
    const args = ['-', '--as', 'dhs', ...ACTED_ON, '--name', 'Piped Operation', '--platform', 'X'];
    const ended = await run(args, text);
    assert.match(
      ended.stdout,
      /^Piped Operation: a takedown by Twitter on 2018-08-21, from standard input\n/,
    );
    assert.match(ended.stdout, /^domain-name +1$/m);
    assert.equal(ended.exitCode, 0);
  });

  test('asks by name for what the list does not say', async () => {
    const base = [OPERATION, '--as', 'dhs'];
    await fails(/Add this option:\n {2}--name <name> +what the operation is called\n$/, 2, [
      ...[...base, ...ACTED_ON],
    ]);
    await fails(/Add this option:\n {2}--acted-on <date> +the day of the takedown, YYYY-MM-DD\n$/, 2, [
      ...[...base, '--name', 'X'],
    ]);
    const named = ['--as', 'dhs', ...ACTED_ON, '--name', 'X'];
    await fails(/--platform <name> +which platform acted\n$/, 2, [TYPED, ...named]);
    const pages = await write(
      'pages.csv',
      'Procedure,Indicator\n0.6.2 Acquiring domains,a[.]example\n0.9.9 Acquiring accounts,8 Pages\n',
    );
    await fails(/--platform <name> +which platform acted; line 3 of the list names none/, 2, [
      pages,
      ...named,
    ]);
  });

  test('asks for everything that is missing at once, and names the date that all rows have', async () => {
    await fails(
      /Add these options:\n {2}--as <user> .*\n {2}--acted-on <date> .* every row of the list has the date 2022-09-27.*\n {2}--name <name> .*\n {2}--platform <name> .*\n$/,
      2,
      [TYPED],
    );
  });

  test('refuses options that cannot be meant', async () => {
    const base = [OPERATION, '--as', 'dhs', '--name', 'X'];
    for (const day of ['2018-02-30', '21.08.2018', '2018-08-21T00:00:00Z']) {
      await fails(/Wanted: a day/, 2, [...base, '--acted-on', day]);
    }
    await fails(/yet to come/, 2, [...base, '--acted-on', '9018-08-21']);
    await fails(/name of a platform/, 2, [...base, ...ACTED_ON, '--platform', '???']);
    await fails(/--out names the list itself/, 2, [...base, ...ACTED_ON, '--out', OPERATION]);
    await fails(/leave out --dry-run/, 2, [...base, ...ACTED_ON, '--out', 'x.json', '--dry-run']);
    await fails(/give --tlp, .* to upload/, 2, [...base, ...ACTED_ON, '--out', 'x.json', '--tlp', 'green']);
  });

  test('refuses what is no takedown list, and says what it is', async () => {
    const options = ['--as', 'dhs', ...ACTED_ON, '--name', 'X', '--platform', 'facebook'];
    await fails(/kill-chain\.csv: This is the kill-chain table itself/, 1, [KILL_CHAIN, ...options]);
    await fails(/no such file/, 1, [join(place.folder, 'missing.csv'), ...options]);
    await fails(/This is a folder/, 1, [place.folder, ...options]);
    const latin = await write('latin.csv', Buffer.from('Indicator\na\nm\xfcller\n', 'latin1'));
    await fails(/latin\.csv: Line 3 is not UTF-8/, 1, [latin, ...options]);
    const wide = await write('wide.csv', Buffer.from('\ufeffIndicator\n', 'utf16le'));
    await fails(/This is UTF-16/, 1, [wide, ...options]);
    const excel = await write('list.xlsx', Buffer.from('504b030414000600', 'hex'));
    await fails(/list\.xlsx: This is an Excel file/, 1, [excel, ...options]);
    const old = await write('list.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'));
    await fails(/list\.xls: This is an Excel file/, 1, [old, ...options]);
    const bare = await write('bare.csv', HEAD);
    await fails(/bare\.csv: Line 1: The list has headers, and no rows below them/, 1, [bare, ...options]);
    const open = await write('open.csv', 'Indicator\n"a\n');
    await fails(/open\.csv: Line 2: A quote is opened here and never closed/, 1, [open, ...options]);
  });

  test('refuses a list of more than 64 MiB', async () => {
    const file = join(place.folder, 'large.csv');
    await using handle = await open(file, 'w');
    await handle.truncate(MAX_LIST_BYTES + 1);
    await fails(/large\.csv: Too large/, 1, [file, '--as', 'dhs', ...ACTED_ON, '--name', 'X']);
  });

  test('a list of which nothing is understood stores nothing and fails', async () => {
    const file = await write('nothing.csv', `${HEAD}carrier_pigeon,7,,\n`);
    const ended = await importList(file, 'Empty Operation', '--platform', 'facebook');
    assert.match(ended.stdout, /^ {2}line 2 +The indicator type "carrier_pigeon" is not known\. +7$/m);
    assert.match(ended.stderr, /Nothing was stored/);
    assert.equal(ended.exitCode, 1);
  });

  test('a file that cannot be written leaves nothing behind', async () => {
    const out = join(place.folder, 'missing-folder', 'bundle.json');
    await fails(/no such folder/, 1, [OPERATION, '--as', 'dhs', ...ACTED_ON, '--name', 'X', '--out', out]);
  });

  test('a user who may not write to intake sends nothing', async () => {
    await fails(/may not write to "intake"/, 1, [OPERATION, '--as', 'reader', ...ACTED_ON, '--name', 'X']);
  });
});
