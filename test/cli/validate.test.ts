import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { checkFile } from '../../scripts/cli/checked-file.ts';
import { SCHEMAS, VALIDATOR } from '../support/stix-validator.ts';
import { createWarner } from '../../server/stix/validation/warnings.ts';
import { listOf, makePlace, parseDocument, runPollwatch, SAMPLE, type Place } from './run-pollwatch.ts';

const TIME = '2018-08-21T12:00:00.000Z';
const README = join(import.meta.dirname, '..', '..', 'README.md');
const ESCAPE = '\u001b';

function toId(number: number): string {
  return `campaign--6b1f3c52-3a0c-4a37-8e57-${String(number).padStart(12, '0')}`;
}

/** A campaign that gives neither errors nor warnings. */
function toCampaign(number: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const id = toId(number);
  return {
    type: 'campaign',
    spec_version: '2.1',
    id,
    created: TIME,
    modified: TIME,
    name: 'A name',
    ...more,
  };
}

function toBundle(objects: readonly unknown[]): string {
  return JSON.stringify(
    { type: 'bundle', id: `bundle--6b1f3c52-3a0c-4a37-8e57-3b8a4d0f9c11`, objects },
    null,
    1,
  );
}

const GOOD = toBundle([toCampaign(1)]);
const FAULTY = toBundle([toCampaign(1), toCampaign(2, { first_seen: 'yesterday', name: 1, x_note: 'n' })]);
const WARNED = toBundle([toCampaign(1, { x_note: 'n' })]);

/** The file whose check the README shows. */
const README_FILE = toBundle([
  toCampaign(1, { modified: 'yesterday', name: 'Pages taken down in August' }),
  {
    type: 'identity',
    spec_version: '2.1',
    id: 'identity--7a0f9b1c-52d3-4b6e-8f10-2c4d6e8f0a1b',
    created: TIME,
    modified: TIME,
    name: 'Example Platform',
    identity_class: 'organisation',
  },
]);

describe('validate', () => {
  let place: Place;

  const validate = (...args: string[]): ReturnType<typeof runPollwatch> =>
    runPollwatch(place.env, ['validate', ...args]);
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const file = join(place.folder, name);
    await writeFile(file, content);
    return file;
  };

  before(async () => {
    place = await makePlace();
  });
  after(() => place.remove());

  test('finds no error in the sample, and neither needs nor makes a database', async () => {
    const { exitCode, stdout, stderr } = await validate(SAMPLE);
    assert.equal(stderr, '');
    assert.equal(exitCode, 0);
    assert.match(stdout, /august-2018\.json: 105 objects, 0 errors, \d+ warnings\n$/);
    assert.ok(!existsSync(join(place.folder, 'data')));
  });

  test('prints a line for each finding in the order of the file, with the id once for each object', async () => {
    const file = await write('faulty.json', FAULTY);
    const { exitCode, stdout, stderr } = await validate(file);
    assert.equal(exitCode, 1);
    assert.equal(stderr, '');
    const [name = '', seen = '', note = '', summary, ...more] = stdout.split('\n');
    assert.ok(name.startsWith(`${file}:19:4 error /objects/1/name expected `), name);
    assert.ok(name.endsWith(`, found 1 (${toId(2)})`), name);
    assert.match(
      seen,
      /faulty\.json:20:4 error \/objects\/1\/first_seen expected a real time in UTC that ends in Z, .*, found "yesterday"$/,
    );
    assert.match(note, /faulty\.json:21:4 warning 401 \/objects\/1\/x_note /);
    assert.equal(summary, `${file}: 2 objects, 2 errors, 1 warning`);
    assert.deepEqual(more, ['']);
  });

  test('prints what the README shows', async () => {
    const { stdout } = await validate(await write('takedown.json', README_FILE));
    const readme = await readFile(README, 'utf8');
    assert.ok(readme.includes(stdout.replaceAll(join(place.folder, '/'), '')), stdout);
  });

  test('prints with --json every finding with its pointer, line, column and id', async () => {
    const file = await write('faulty.json', FAULTY);
    const { exitCode, stdout } = await validate(file, '--json');
    assert.equal(exitCode, 1);
    const [found, ...more] = listOf(parseDocument(stdout), 'files');
    assert.ok(found && more.length === 0);
    const { errors: _errors, warnings: _warnings, ...rest } = found;
    assert.deepEqual(rest, { file, valid: false, objects: 2, errorCount: 2, warningCount: 1 });
    assert.deepEqual(
      listOf(found, 'errors').map(({ path, line, column, id }) => [path, line, column, id]),
      [
        ['/objects/1/name', 19, 4, toId(2)],
        ['/objects/1/first_seen', 20, 4, toId(2)],
      ],
    );
    assert.match(String(listOf(found, 'errors')[1]?.['message']), /found "yesterday"/);
    assert.deepEqual(
      listOf(found, 'warnings').map(({ code, path, line, column }) => [code, path, line, column]),
      [[401, '/objects/1/x_note', 21, 4]],
    );
  });

  test('goes through all files and says of each why it cannot be read, and where', async () => {
    const files = [
      await write('comma.json', '{\r\n\t"a": [1,\r\n\t2,]}'),
      await write('latin.json', Buffer.from('{\n"a": 1,\n"name": "Jos\u00e9"}', 'latin1')),
      await write('utf16.json', Buffer.from('\ufeff{}', 'utf16le')),
      await write('deep.json', `[\n${'['.repeat(100)}`),
      await write('twice.json', '{"objects": [],\n "objects": []}'),
      await write('empty.json', ''),
      join(place.folder, 'missing.json'),
      place.folder,
      await write('good.json', GOOD),
    ];
    const plain = await validate(...files);
    assert.equal(plain.exitCode, 1);
    assert.equal(plain.stderr, '');
    for (const line of [
      `comma.json:3:4 error not JSON: expected another item after the comma, found "]"`,
      `comma.json: cannot be read`,
      `latin.json:3:13 error not UTF-8: save the file as UTF-8`,
      `utf16.json:1:1 error not UTF-8: this is UTF-16; save the file as UTF-8`,
      `deep.json:2:100 error The file nests deeper than 100 levels.`,
      `twice.json:2:2 error The file has the member "objects" twice.`,
      `empty.json:1:1 error not JSON: expected a value, found the end`,
      `missing.json error There is no such file.`,
      `good.json: 1 object, 0 errors, 0 warnings`,
    ]) {
      assert.ok(plain.stdout.includes(`/${line}\n`), line);
    }
    assert.ok(plain.stdout.includes(`${place.folder} error This is a folder. Name the files in it.\n`));
    assert.match(plain.stdout, /\n\n9 files: 1 object, 8 errors, 0 warnings\n$/);

    const found = listOf(parseDocument((await validate(...files, '--json')).stdout), 'files');
    assert.deepEqual(
      found.map(({ file }) => file),
      files,
    );
    assert.deepEqual(
      found.map(({ valid }) => valid),
      [...Array<boolean>(8).fill(false), true],
    );
    assert.deepEqual(found[0]?.['errors'], [
      { path: '', message: 'not JSON: expected another item after the comma, found "]"', line: 3, column: 4 },
    ]);
    assert.deepEqual(found[6]?.['errors'], [{ path: '', message: 'There is no such file.' }]);
    for (const { errorCount, errors } of found.slice(0, 8)) {
      assert.deepEqual([errorCount, Array.isArray(errors) && errors.length], [1, 1]);
    }
  });

  test('ends with status 0 on warnings alone, and with --strict takes them as seriously as errors', async () => {
    const file = await write('warned.json', WARNED);
    assert.equal((await validate(file)).exitCode, 0);
    const strict = await validate(file, '--strict', '--json');
    assert.equal(strict.exitCode, 1);
    assert.equal(listOf(parseDocument(strict.stdout), 'files')[0]?.['valid'], false);
    assert.equal((await validate(await write('good.json', GOOD), '--strict')).exitCode, 0);
    const quiet = await validate(file, '--no-warnings');
    assert.equal(quiet.exitCode, 0);
    assert.equal(quiet.stdout, `${file}: 1 object, 0 errors, 0 warnings\n`);
  });

  test('reads standard input, once', async () => {
    const piped = await runPollwatch(place.env, ['validate', '-'], FAULTY);
    assert.equal(piped.exitCode, 1);
    assert.match(piped.stdout, /^standard input:19:4 error /);
    const document = parseDocument((await runPollwatch(place.env, ['validate', '-', '--json'], GOOD)).stdout);
    assert.deepEqual(
      [listOf(document, 'files')[0]?.['file'], listOf(document, 'files')[0]?.['valid']],
      ['-', true],
    );
    const twice = await validate('-', '-');
    assert.equal(twice.exitCode, 2);
    assert.match(twice.stderr, /only once/);
  });

  test('ends with status 2 on wrong usage', async () => {
    const both = await validate('x.json', '--strict', '--no-warnings');
    assert.equal(both.exitCode, 2);
    assert.match(both.stderr, /--strict or --no-warnings/);
    assert.equal((await validate()).exitCode, 2);
  });

  test('sends nothing to a terminal that it could take for an order', async () => {
    const evil = `${ESCAPE}[2J\u202e\n`;
    const object = toCampaign(1, { id: `campaign--${evil}`, name: evil, [evil]: 1, first_seen: evil });
    const { stdout } = await validate(await write(`evil${evil.trim()}.json`, toBundle([object])));
    assert.ok(!stdout.includes(ESCAPE) && !stdout.includes('\u202e'));
    for (const line of stdout.trimEnd().split('\n')) assert.match(line, /evil.*\.json:/);
  });

  test('prints the first lines of many, errors before warnings, and says how many more there are', async () => {
    const objects = Array.from({ length: 150 }, (_, number) =>
      toCampaign(number, { x_note: 'n', ...(number >= 90 ? { name: 1 } : {}) }),
    );
    const { stdout } = await validate(await write('many.json', toBundle(objects)));
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes(' error ')).length, 60);
    assert.equal(lines.filter((line) => line.includes(' warning 401 ')).length, 40);
    assert.match(lines[100] ?? '', /^and 110 warnings more; --json lists up to 1000 of each/);
    assert.match(lines[101] ?? '', /many\.json: 150 objects, 60 errors, 150 warnings$/);
    assert.equal(lines.length, 102);
  });

  test('is in the help with its options, and in the completion, which offers files', async () => {
    const { stdout } = await validate('--help');
    for (const wanted of ['--strict', '--no-warnings', '--json', '  pollwatch validate bundle.json\n']) {
      assert.ok(stdout.includes(wanted), wanted);
    }
    const script = (await runPollwatch(place.env, ['completion', 'bash'])).stdout;
    assert.match(
      script,
      /'pollwatch validate'\) \[\[ \$current == -\* \]\] && candidates='--json --strict --no-warnings /,
    );
  });
});

describe('checking large files', () => {
  const checkLarge = async (
    text: string,
  ): Promise<{
    readonly errorCount: number;
    readonly steps: readonly number[];
    readonly seconds: number;
  }> => {
    const steps: number[] = [];
    const begin = performance.now();
    const { errorCount } = await checkFile(
      {
        checks: { ...VALIDATOR, warn: createWarner(SCHEMAS) },
        stdin: Readable.from([Buffer.from(text)]),
        limits: { maxDepth: 100 },
        startProgress(objects) {
          steps.push(objects);
          return { advance: (count) => steps.push(count), end: () => steps.push(-1) };
        },
      },
      '-',
    );
    return { errorCount, steps, seconds: (performance.now() - begin) / 1000 };
  };

  test('shows how far it is, in steps, and takes the bar away at the end', async () => {
    const objects = Array.from({ length: 450 }, (_, number) =>
      toCampaign(number, { description: 'x'.repeat(3000) }),
    );
    const { steps } = await checkLarge(toBundle(objects));
    assert.deepEqual(steps, [450, 200, 200, -1]);
    assert.deepEqual((await checkLarge(GOOD)).steps, []);
  });

  test('checks a large file within a few seconds, with 100,000 faults in many objects or 20,000 in one', async () => {
    const many = Array.from({ length: 50_000 }, (_, number) =>
      toCampaign(number, { first_seen: 'yesterday', name: number }),
    );
    const inMany = await checkLarge(toBundle(many));
    assert.equal(inMany.errorCount, 100_000);
    assert.ok(inMany.seconds < 8, `${inMany.seconds} s`);
    const names = Array.from({ length: 20_000 }, (_, number) => [`Bad ${number}`, 'x'.repeat(80)] as const);
    const inOne = await checkLarge(toBundle([toCampaign(1, Object.fromEntries(names))]));
    assert.equal(inOne.errorCount, 20_000);
    assert.ok(inOne.seconds < 8, `${inOne.seconds} s`);
  });
});
