import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { loadSettings } from '../../server/config/load.ts';
import {
  at,
  findUnknownSettings,
  parseSeconds,
  readDocument,
  SECRET_SETTING,
  SHUTDOWN_SECONDS,
  textAt,
  textsAt,
  treeAt,
  treesAt,
  type Tree,
} from './deploy-files.ts';

const text = readFileSync('compose.yaml', 'utf8');
const compose = readDocument('compose.yaml');
const services = Object.entries(treeAt(compose, 'services'));
const pollwatch = treeAt(compose, 'services', 'pollwatch');
const MEMBERS = services.map(([name]) => name).filter((name) => name.startsWith('mongo'));

/** What compose makes of `${NAME:?why}` and `${NAME:-default}` when each necessary name has a value. */
function interpolate(value: string): string {
  return value
    .replace(/\$\{\w+:\?[^}]*\}/g, 'secret')
    .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
    .replaceAll('$$', '$');
}

function environmentOf(service: Tree): Readonly<Record<string, string>> {
  const entries = Object.keys(at(service, 'environment') === undefined ? {} : treeAt(service, 'environment'));
  return Object.fromEntries(entries.map((name) => [name, textAt(service, 'environment', name)]));
}

describe('compose.yaml', () => {
  test('the settings of the servers are settings, and the server accepts them', () => {
    assert.deepEqual(findUnknownSettings(text), []);
    const env = Object.entries(environmentOf(pollwatch)).map(
      ([name, value]) => [name, interpolate(value)] as const,
    );
    const settings = loadSettings({
      NODE_ENV: 'production',
      POLLWATCH_HOST: '0.0.0.0',
      ...Object.fromEntries(env),
    });
    assert.match(settings.databaseUrl, /^mongodb:\/\/pollwatch:secret@mongo1:27017,/);
  });

  test('no secret stands in the file: each comes from outside, and compose stops without it', () => {
    let secrets = 0;
    for (const [service, tree] of services) {
      for (const [name, value] of Object.entries(environmentOf(treeAt(tree)))) {
        if (/PASSWORD|KEY|SECRET|TOKEN/.test(name) && !name.endsWith('_FILE')) {
          assert.match(value, /^\$\{\w+:\?[^}]+\}$/, `${service}: ${name}`);
          secrets += 1;
        }
        if (name === SECRET_SETTING) assert.match(value, /\/\/\w+:\$\{\w+:\?[^}]+\}@/, name);
      }
    }
    assert.ok(secrets >= 3);
  });

  test('the servers alone get the secrets of feeds, from a file that may be missing and that no commit has', () => {
    const [file, ...others] = treesAt(pollwatch, 'env_file');
    assert.deepEqual([file, others], [{ path: './data/feeds.env', required: false }, []]);
    assert.ok(readFileSync('.gitignore', 'utf8').split('\n').includes('data/'));
    assert.ok(readFileSync('docs/operations.md', 'utf8').includes('>>data/feeds.env'));
    const given = services.filter(([, service]) => at(service, 'env_file') !== undefined);
    assert.deepEqual(
      given.map(([name]) => name),
      ['pollwatch'],
    );
  });

  test('the replica set has three members, which know each other by a key and keep their data', () => {
    assert.deepEqual(MEMBERS, ['mongo1', 'mongo2', 'mongo3']);
    for (const name of MEMBERS) {
      const member = treeAt(compose, 'services', name);
      assert.equal(textAt(member, 'hostname'), name);
      assert.deepEqual(textsAt(member, 'command').slice(0, 4), ['mongod', '--replSet', 'rs0', '--keyFile']);
      assert.deepEqual(textsAt(member, 'volumes'), [`${name}:/data/db`]);
      assert.equal(at(compose, 'volumes', name) === undefined, false);
      assert.ok('MONGO_KEY' in environmentOf(member));
    }
    const url = textAt(pollwatch, 'environment', 'POLLWATCH_DATABASE_URL');
    assert.ok(url.includes(`@${MEMBERS.map((name) => `${name}:27017`).join(',')}/pollwatch?replicaSet=rs0`));
  });

  test('the database is reached by the services alone, and the plain HTTP port by this machine alone', () => {
    for (const name of MEMBERS) {
      assert.equal(at(compose, 'services', name, 'ports'), undefined);
      assert.deepEqual(textsAt(compose, 'services', name, 'networks'), ['database']);
    }
    assert.equal(at(compose, 'networks', 'database', 'internal'), true);
    for (const port of textsAt(pollwatch, 'ports')) assert.match(port, /^127\.0\.0\.1:(\d+):\1$/);
  });

  test('the servers write nothing but temporary files, and may do nothing that needs root', () => {
    assert.equal(at(pollwatch, 'read_only'), true);
    assert.deepEqual(textsAt(pollwatch, 'tmpfs'), ['/tmp']);
    for (const [name, service] of services) {
      assert.deepEqual(textsAt(service, 'cap_drop'), ['ALL'], name);
      assert.deepEqual(textsAt(service, 'security_opt'), ['no-new-privileges:true'], name);
    }
  });

  test('servers have longer to stop than they take, and start once the replica set is there', () => {
    assert.ok(parseSeconds(textAt(pollwatch, 'stop_grace_period')) > SHUTDOWN_SECONDS);
    assert.deepEqual(textsAt(pollwatch, 'healthcheck', 'test'), [
      'CMD',
      'node',
      'scripts/health-check.js',
      'ready',
    ]);
    for (const [name, service] of services) {
      for (const other of Object.keys(
        at(service, 'depends_on') === undefined ? {} : treeAt(service, 'depends_on'),
      )) {
        const condition = textAt(service, 'depends_on', other, 'condition');
        assert.ok(at(compose, 'services', other), `${name} waits for ${other}`);
        if (condition === 'service_healthy') assert.ok(at(compose, 'services', other, 'healthcheck'));
      }
    }
    assert.equal(
      textAt(pollwatch, 'depends_on', 'replica-set', 'condition'),
      'service_completed_successfully',
    );
  });

  test('every file and folder that is mounted from the checkout exists', () => {
    const mounts = services.flatMap(([, service]) => textsAt(service, 'volumes'));
    const sources = mounts
      .map((mount) => mount.split(':')[0] ?? '')
      .filter((source) => source.startsWith('.'));
    assert.ok(sources.length >= 2);
    assert.deepEqual(
      sources.filter((source) => !existsSync(source)),
      [],
    );
  });
});

interface Asked {
  readonly uri: string;
  readonly what: string;
  readonly with: unknown;
}

/** Runs the script as mongosh would. @param state what the deployment has already */
function runScript(state: {
  readonly begun: boolean;
  readonly user: boolean;
  readonly code?: string;
}): Asked[] {
  const asked: Asked[] = [];
  const connect = (uri: string): object => ({
    adminCommand(command: object) {
      const [what = ''] = Object.keys(command);
      if (what !== 'replSetGetStatus') asked.push({ uri, what, with: at(command, what) });
      else if (!state.begun)
        throw Object.assign(new Error(), { codeName: state.code ?? 'NotYetInitialized' });
    },
    getUser: () => (state.user ? {} : null),
    createUser: (user: object) => void asked.push({ uri, what: 'createUser', with: user }),
    updateUser: (_name: string, user: object) => void asked.push({ uri, what: 'updateUser', with: user }),
  });
  const env = { MONGO_ROOT_PASSWORD: 'r', MONGO_PASSWORD: 'p' };
  runInNewContext(readFileSync('deploy/compose/replica-set.js', 'utf8'), { connect, process: { env } });
  return asked;
}

describe('deploy/compose/replica-set.js', () => {
  test('a new deployment gets a replica set of all members, and a user for one database alone', () => {
    const [begin, user, ...others] = runScript({ begun: false, user: false });
    assert.deepEqual(others, []);
    assert.equal(begin?.what, 'replSetInitiate');
    assert.match(begin.uri, /@mongo1:27017\/admin\?directConnection=true$/);
    const hosts = [0, 1, 2].map((number) => at(begin.with, 'members', number, 'host'));
    assert.deepEqual(
      hosts,
      MEMBERS.map((name) => `${name}:27017`),
    );
    assert.equal(user?.what, 'createUser');
    assert.match(user.uri, /@mongo1:27017,mongo2:27017,mongo3:27017\/pollwatch\?.*replicaSet=rs0/);
    assert.equal(at(user.with, 'pwd'), 'p');
    assert.equal(at(user.with, 'roles', 0, 'role'), 'readWrite');
    assert.equal(at(user.with, 'roles', 0, 'db'), 'pollwatch');
    assert.equal(at(user.with, 'roles', 1), undefined);
  });

  test('a deployment that is there keeps its replica set, and its user gets the password of now', () => {
    assert.deepEqual(
      runScript({ begun: true, user: true }).map(({ what }) => what),
      ['updateUser'],
    );
  });

  test('a status that cannot be read is no reason to begin a replica set', () => {
    const state = { begun: false, user: false, code: 'Unauthorized' };
    assert.throws(() => runScript(state), { codeName: 'Unauthorized' });
  });
});
