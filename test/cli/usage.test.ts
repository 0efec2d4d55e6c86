import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { makePlace, parseDocument, runPollwatch, type Place } from './run-pollwatch.ts';

const COMMANDS = [
  'serve',
  'org add',
  'org list',
  'user add',
  'user list',
  'user disable',
  'user passwd',
  'token issue',
  'token list',
  'token revoke',
  'feed add',
  'feed list',
  'feed show',
  'feed rejects',
  'feed run',
  'feed pause',
  'feed resume',
  'feed remove',
  'collections',
  'validate',
  'upload',
  'import-takedown',
  'import-disarm',
  'submission',
  'backup',
  'restore',
  'copy',
  'completion',
];
const GROUPS = ['org', 'user', 'token', 'feed'];
const hasBash = spawnSync('bash', ['--version']).status === 0;

describe('the command line', () => {
  let place: Place;
  before(async () => {
    place = await makePlace();
  });
  after(() => place.remove());

  const run = (...args: string[]): ReturnType<typeof runPollwatch> => runPollwatch(place.env, args);

  test('shows an example in the help of every command, on standard output with status 0', async () => {
    for (const command of [...COMMANDS, ...GROUPS, '']) {
      const words = command === '' ? [] : command.split(' ');
      const { exitCode, stdout, stderr } = await run(...words, '--help');
      assert.equal(exitCode, 0, command);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`Examples?:\\n(.*\\n)*  (POLLWATCH_\\w+=\\S+ )?pollwatch ${command}`));
      if (COMMANDS.includes(command)) assert.match(stdout, /--json/, command);
    }
  });

  test('lists every command in its help', async () => {
    const { stdout } = await run('--help');
    for (const command of COMMANDS.map((each) => each.split(' ')[0] ?? '')) {
      assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    }
  });

  test('prints the version', async () => {
    const { exitCode, stdout } = await run('--version');
    assert.equal(exitCode, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('ends with status 2 and its help on standard error when there is no command', async () => {
    for (const words of [[], ['org']]) {
      const { exitCode, stdout, stderr } = await run(...words);
      assert.equal(exitCode, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /Usage: pollwatch/);
    }
  });

  test('ends with status 2 on wrong usage and suggests what was meant', async () => {
    const unknown = await run('usr', 'list');
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.stderr, /Did you mean user\?/);
    const option = await run('org', 'list', '--jsn');
    assert.equal(option.exitCode, 2);
    assert.match(option.stderr, /Did you mean --json\?/);
    const missing = await run('user', 'add', 'alice');
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /--org/);
    const excess = await run('user', 'passwd', 'alice', 'hunter22');
    assert.equal(excess.exitCode, 2);
    assert.doesNotMatch(excess.stderr, /hunter22/);
  });

  test('does not repeat the value of an option that it does not know', async () => {
    const { exitCode, stderr } = await run('user', 'passwd', 'alice', "--pasword=hun'ter\n22");
    assert.equal(exitCode, 2);
    assert.match(stderr, /unknown option '--pasword'/);
    assert.doesNotMatch(stderr, /hun|ter|22/);
  });

  test('reports settings that are not right with status 1 and without a stack', async () => {
    const { exitCode, stdout, stderr } = await runPollwatch({ ...place.env, POLLWATCH_PORT: 'x' }, [
      'org',
      'list',
    ]);
    assert.equal(exitCode, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^error: The settings are not right:\nPOLLWATCH_PORT: /);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  test('says what to do when the database cannot be opened, and where only at the level debug', async () => {
    const env = { ...place.env, POLLWATCH_DATABASE_URL: 'sqlite:/dev/null/pollwatch.db' };
    const plain = await runPollwatch(env, ['org', 'list']);
    assert.equal(plain.exitCode, 1);
    assert.match(
      plain.stderr,
      /^error: The database .* cannot be opened\. Check that POLLWATCH_DATABASE_URL/,
    );
    assert.doesNotMatch(plain.stderr, /\n\s+at /);
    const traced = await runPollwatch({ ...env, POLLWATCH_LOG_LEVEL: 'debug' }, ['org', 'list']);
    assert.match(traced.stderr, /\n\s+at /);
  });

  test('refuses a database in memory, which only the server has', async () => {
    const env = { ...place.env, POLLWATCH_DATABASE_URL: 'sqlite::memory:' };
    const { exitCode, stderr } = await runPollwatch(env, ['user', 'list']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /known to the server alone/);
  });

  test('names every command in the completion script of every shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { exitCode, stdout } = await run('completion', shell);
      assert.equal(exitCode, 0);
      for (const command of COMMANDS) assert.match(stdout, new RegExp(`'?"?pollwatch ${command}['"]`), shell);
    }
    assert.equal((await run('completion', 'tcsh')).exitCode, 2);
    const document = parseDocument((await run('completion', 'bash', '--json')).stdout);
    assert.equal(document['shell'], 'bash');
  });

  test(
    'completes commands, options and their values in bash',
    { skip: hasBash ? false : 'no bash' },
    async () => {
      const { stdout: script } = await run('completion', 'bash');
      const complete = (...words: string[]): string => {
        const list = words.map((word) => `'${word}'`).join(' ');
        const tail = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _pollwatch; echo "\${COMPREPLY[*]}"`;
        const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${script}\n${tail}`], {
          encoding: 'utf8',
        });
        assert.equal(stderr, '');
        return stdout.trim();
      };
      assert.equal(complete('pollwatch', 'to'), 'token');
      assert.equal(complete('pollwatch', 'user', ''), 'add list passwd disable --help');
      assert.equal(complete('pollwatch', 'user', 'add', 'alice', '--role', ''), 'partner analyst admin');
      assert.equal(complete('pollwatch', 'upload', 'a.json', '--tlp', 'am'), 'amber amber+strict');
      assert.equal(complete('pollwatch', 'upload', '--dr'), '--dry-run');
      // Nothing of ours: the shell then offers files.
      assert.equal(complete('pollwatch', 'upload', ''), '');
    },
  );
});
