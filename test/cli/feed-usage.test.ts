import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../scripts/cli/program.ts';
import { toEnding } from '../../scripts/cli/report-error.ts';
import type { Surroundings } from '../../scripts/cli/surroundings.ts';
import { SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { makePlace, parseDocument, readDocument, runPollwatch, type Place } from './run-pollwatch.ts';

const SECRET = 'hunter22';

/** The options of a pull that is right. */
const RIGHT = {
  '--url': 'https://taxii.nass.example/api1/',
  '--collection': 'shared',
  '--direction': 'pull',
  '--cron': '*/15 * * * *',
  '--org': 'nass',
} as const;

type Options = Readonly<Record<string, string | true | undefined>>;

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

describe('the options of feed add', () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
    await readDocument(place.env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
  });
  after(() => place.remove());

  function toWords(options: Options, name = 'nass-in'): readonly string[] {
    const given: Options = { ...RIGHT, ...options };
    const words = Object.entries(given).flatMap(([option, value]) => {
      if (value === undefined) return [];
      return value === true ? [option] : [option, value];
    });
    return ['feed', 'add', name, ...words];
  }

  function createSurroundings(): Surroundings {
    return {
      env: place.env,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      clock: SYSTEM_CLOCK,
      ids: SYSTEM_IDS,
      show: () => assert.fail('it was taken'),
      untilStopped: (work) => work(new AbortController().signal),
    };
  }

  /** In this process, which saves the start of another one. */
  async function refuses(pattern: RegExp, exitCode: number, options: Options, name?: string): Promise<void> {
    let written = '';
    const program = createProgram(createSurroundings());
    const collect = { writeErr: (text: string) => void (written += text) };
    for (const command of withSubcommands(program)) command.configureOutput(collect);
    const error: unknown = await program.parseAsync(toWords(options, name), { from: 'user' }).then(
      () => assert.fail('it was taken'),
      (thrown: unknown) => thrown,
    );
    const ending = toEnding(error, place.env);
    const said = written + ending.text;
    assert.match(said, pattern);
    assert.equal(ending.exitCode, exitCode, said);
    assert.doesNotMatch(said, new RegExp(`\\n\\s+at |${SECRET}`));
  }

  test('names each option that is missing, as wrong usage', async () => {
    for (const option of Object.keys(RIGHT)) {
      await refuses(new RegExp(`required option '${option} `), 2, { [option]: undefined });
    }
  });

  test('refuses a name that nothing can call', async () => {
    for (const name of ['A', 'a b', '-a', 'a'.repeat(65)]) {
      await refuses(
        name === '-a' ? /unknown option|Wanted/ : /Wanted: 1 to 64 lower-case letters/,
        2,
        {},
        name,
      );
    }
  });

  test('refuses an address with a secret in it, without repeating it', async () => {
    await refuses(/no name and no password/, 2, { '--url': `https://hub:${SECRET}@a.example/` });
    await refuses(/must end before "\?"/, 2, { '--url': `https://a.example/api1/?key=${SECRET}` });
    await refuses(/must end before "\?"/, 2, { '--url': `https://a.example/api1/#${SECRET}` });
  });

  test('refuses what is no address, and plain HTTP without --allow-private', async () => {
    for (const url of ['taxii', 'ftp://a.example/', '']) {
      await refuses(/The URL is the address of an API root/, 2, { '--url': url });
    }
    await refuses(/Plain http is for private addresses alone/, 2, { '--url': 'http://a.example/api1/' });
  });

  test('refuses a secret where its name belongs, without repeating it', async () => {
    await refuses(/without a colon/, 2, { '--auth': `basic:hub:${SECRET}`, '--secret-env': 'FEED_A' });
    for (const kind of ['bearer', 'token', 'cert']) {
      await refuses(/nothing stands behind it/, 2, { '--auth': `${kind}:${SECRET}` });
    }
    await refuses(/The name of a header/, 2, {
      '--auth': `header:X-Key: ${SECRET}`,
      '--secret-env': 'FEED_A',
    });
    await refuses(/not the secret/, 2, { '--auth': 'bearer', '--secret-env': `${SECRET}!` });
    await refuses(/begin with POLLWATCH_/, 2, { '--auth': 'bearer', '--secret-env': 'POLLWATCH_SECRET' });
  });

  test('refuses credentials without a secret, a secret without credentials, and two secrets', async () => {
    await refuses(/wanted basic:USER/, 2, { '--auth': 'digest', '--secret-env': 'FEED_A' });
    await refuses(/something is missing/, 2, { '--auth': 'basic', '--secret-env': 'FEED_A' });
    await refuses(/Name the variable of the environment, or the file/, 2, { '--auth': 'bearer' });
    await refuses(/A secret is named, and not how to use it/, 2, { '--secret-env': 'FEED_A' });
    const both = { '--secret-env': 'FEED_A', '--secret-file': '/run/secrets/a' };
    await refuses(/cannot be used with option/, 2, { '--auth': 'bearer', ...both });
  });

  test('refuses a schedule that is none, never comes true or comes too often', async () => {
    await refuses(/The cron expression "often" is not right/, 2, { '--cron': 'often' });
    await refuses(/impossible day/, 2, { '--cron': '0 0 30 2 *' });
    await refuses(/more often than every 10 seconds/, 2, { '--cron': '* * * * * *' });
  });

  test('refuses options of the other direction', async () => {
    await refuses(/Allowed choices are pull, push/, 2, { '--direction': 'both' });
    await refuses(/instead of "from"/, 2, { '--from': 'state' });
    const push = { '--direction': 'push', '--from': 'state' };
    await refuses(/A push needs "from"/, 2, { ...push, '--from': undefined });
    await refuses(/instead of "into"/, 2, { ...push, '--into': 'intake' });
    await refuses(/leave them out for a push/, 2, { ...push, '--tlp': 'green' });
  });

  test('refuses filters and terms that are none', async () => {
    await refuses(/Wanted: type=/, 2, { '--match': 'id=x' });
    await refuses(/"match" names/, 2, { '--match': 'type=Indicator' });
    await refuses(/Wanted: a time of RFC 3339/, 2, { '--since': 'yesterday' });
    await refuses(/Allowed choices are clear/, 2, { '--tlp': 'white' });
    await refuses(/Wanted: one or more of federal/, 2, { '--audience': 'public' });
    await refuses(/Allowed choices are everyone/, 2, { '--consent': 'maybe' });
  });

  test('refuses, with status 1, organisations and collections that are not there or not allowed', async () => {
    await refuses(/There is no organisation "nobody"/, 1, { '--org': 'nobody' });
    await refuses(/There is no collection "nothing"/, 1, { '--into': 'nothing' });
    await refuses(/may not write to "reference"/, 1, { '--into': 'reference' });
    await refuses(/filled by the release rules/, 1, { '--into': 'state' });
    const push = { '--direction': 'push' };
    await refuses(/takes objects and shows none/, 1, { ...push, '--from': 'intake' });
    await refuses(/may not read "federal"/, 1, { ...push, '--from': 'federal' });
  });

  test('has help with an example for each command, and completes commands and options', async () => {
    const { stdout: script } = await runPollwatch(place.env, ['completion', 'bash']);
    const program = createProgram(createSurroundings());
    const feed = program.commands.find((command) => command.name() === 'feed');
    assert.ok(feed);
    const names = feed.commands.map((command) => command.name());
    assert.deepEqual(names, ['add', 'list', 'show', 'rejects', 'run', 'pause', 'resume', 'remove']);
    for (const command of feed.commands) {
      let help = '';
      command.configureOutput({ writeOut: (text) => void (help += text) }).outputHelp();
      assert.match(help, new RegExp(`Examples?:\\n(.*\\n)*  pollwatch feed ${command.name()}`));
      assert.match(help, /--json/);
      assert.match(script, new RegExp(`'pollwatch feed ${command.name()}'\\) .*--json`));
    }
    assert.match(script, /'pollwatch feed add --direction'\) candidates='pull push'/);
  });

  test('ends with status 2 and without a stack, as a shell sees it', async () => {
    const ended = await runPollwatch(place.env, toWords({ '--auth': `bearer:${SECRET}` }));
    assert.equal(ended.exitCode, 2);
    assert.equal(ended.stdout, '');
    assert.match(ended.stderr, /^error: --auth bearer: nothing stands behind it\..*\n$/);
  });

  test('keeps whole paths, so that a server in another folder finds the files', async () => {
    const files = { '--auth': 'cert', '--secret-file': 'a.pem', '--ca-file': 'ca.pem' };
    const ended = await runPollwatch(place.env, toWords({ ...files, '--json': true }));
    assert.equal(ended.exitCode, 0, ended.stderr);
    const document = parseDocument(ended.stdout);
    assert.deepEqual(
      [document['secret'], document['caFile']],
      [{ file: `${process.cwd()}/a.pem` }, `${process.cwd()}/ca.pem`],
    );
  });
});
