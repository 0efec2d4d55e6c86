import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadSettings } from '../../../server/config/load.ts';
import type { Setting } from '../../../server/config/setting-kinds.ts';
import { PREFIX, SETTINGS } from '../../../server/config/settings.ts';
import { toProblems } from './expect-config-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const folder = mkdtempSync(join(tmpdir(), 'pollwatch-settings-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

function findProblems(env: Environment): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    return toProblems(error);
  }
}

function findOnlyProblem(env: Environment): string {
  const problems = findProblems(env);
  assert.equal(problems.length, 1, problems.join('\n'));
  return problems[0] ?? '';
}

function makeFile(name: string): string {
  const file = join(folder, name);
  writeFileSync(file, 'PEM');
  return file;
}

describe('loading settings', () => {
  test('an empty environment gives the defaults as a frozen object', () => {
    const settings = loadSettings({});
    assert.equal(Object.isFrozen(settings), true);
    assert.equal(settings.host, '127.0.0.1');
    assert.equal(settings.port, 8080);
    assert.equal(settings.publicUrl, undefined);
    assert.equal(settings.databaseUrl, 'sqlite:./data/pollwatch.db');
    assert.equal(settings.collectionsDir, './collections');
    assert.equal(settings.trustProxy, false);
    assert.equal(settings.maxContentLengthBytes, 10_485_760);
    assert.equal(settings.pageLimitDefault, 100);
    assert.equal(settings.pageLimitMax, 1000);
    assert.equal(settings.referenceGraceMs, 600_000);
    assert.equal(settings.statusRetentionMs, 86_400_000);
    assert.equal(settings.logLevel, 'info');
    assert.equal(settings.insecureHttp, false);
  });

  test('an empty value counts as not set', () => {
    const env: Record<string, string | undefined> = { POLLWATCH_WORKERS: '', POLLWATCH_NO_SUCH: undefined };
    for (const { name } of Object.values<Setting<unknown>>(SETTINGS)) env[PREFIX + name] = '';
    assert.deepEqual(loadSettings(env), loadSettings({}));
  });

  test('names without the prefix and names of the tests are left alone', () => {
    const env = {
      PORT: 'x',
      PATH: '/bin',
      pollwatch_port: 'x',
      POLLWATCH_TEST_MONGO_URL: 'mongodb://a',
      NODE_ENV: 'test',
    };
    assert.deepEqual(loadSettings(env), loadSettings({}));
  });

  test('all problems are listed at once, each on a line of its own', () => {
    const problems = findProblems({
      POLLWATCH_PORT: '80 80',
      POLLWATCH_LOG_LEVEL: 'loud',
      POLLWATCH_TITLE: 'a\nb',
      POLLWATCH_HOST: '0.0.0.0',
      POLLWATCH_PAGE_LIMIT_DEFAULT: '1001',
      POLLWATCH_TLS_CLIENT_CA_FILE: 'ca.pem',
      POLLWATCH_PROT: '1',
    });
    assert.deepEqual(
      problems.map((problem) => problem.slice(0, problem.indexOf(':'))),
      [
        'POLLWATCH_PORT',
        'POLLWATCH_TLS_CLIENT_CA_FILE',
        'POLLWATCH_TITLE',
        'POLLWATCH_LOG_LEVEL',
        'POLLWATCH_HOST',
        'POLLWATCH_PAGE_LIMIT_DEFAULT',
        'POLLWATCH_PROT',
      ],
    );
  });

  test('a problem says what was found, what is wanted and what to do', () => {
    assert.equal(
      findOnlyProblem({ POLLWATCH_REFERENCE_GRACE: '10 minutes' }),
      'POLLWATCH_REFERENCE_GRACE: found "10 minutes", wanted a duration such as 500ms, 2s, 10m or 24h, from 0s to 168h. ' +
        'Correct it, or remove it to have 10m.',
    );
  });

  test('a long value is shown by its beginning alone', () => {
    const problem = findOnlyProblem({ POLLWATCH_PORT: '9'.repeat(1000) });
    assert.ok(problem.includes(`"${'9'.repeat(80)}" and more`));
    assert.ok(!problem.includes('9'.repeat(81)));
  });

  test('a value that may hold a password is never printed', () => {
    const secrets = Object.values<Setting<unknown>>(SETTINGS).filter(({ secret }) => secret);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ['PUBLIC_URL', 'DATABASE_URL'],
    );
    for (const { name } of secrets) {
      for (const text of [
        'ftp://ann:hunter2@a',
        'mongodb://ann:hunter2@a',
        'tcp://ann:hunter2@a',
        'hunter2 ',
      ]) {
        assert.doesNotMatch(findOnlyProblem({ [PREFIX + name]: text }), /hunter2|ann/);
      }
    }
    assert.doesNotMatch(findOnlyProblem({ POLLWATCH_DATABASE_PASSWORD: 'hunter2' }), /hunter2/);
  });

  test('a MongoDB address is taken when it names a database', () => {
    for (const url of ['mongodb://ann:hunter2@db1,db2/feed?replicaSet=rs0', 'mongodb+srv://db/feed']) {
      assert.equal(loadSettings({ POLLWATCH_DATABASE_URL: url }).databaseUrl, url);
    }
    for (const url of [
      'mongodb://db',
      'mongodb://db/',
      'mongodb:///feed',
      'mongodb://db/a.b',
      'mongodb:feed',
    ]) {
      assert.match(findOnlyProblem({ POLLWATCH_DATABASE_URL: url }), /with the name of a database/);
    }
  });

  test('the default limit of a page does not exceed the largest', () => {
    const env = { POLLWATCH_PAGE_LIMIT_MAX: '50' };
    assert.match(findOnlyProblem(env), /^POLLWATCH_PAGE_LIMIT_DEFAULT: found 100, wanted at most 50/);
    assert.equal(loadSettings({ ...env, POLLWATCH_PAGE_LIMIT_DEFAULT: '50' }).pageLimitDefault, 50);
  });

  test('headers do not get more time than the whole request', () => {
    const env = { POLLWATCH_REQUEST_TIMEOUT: '10s' };
    assert.match(findOnlyProblem(env), /^POLLWATCH_HEADERS_TIMEOUT: found 20s, wanted at most 10s/);
    assert.equal(loadSettings({ ...env, POLLWATCH_HEADERS_TIMEOUT: '10s' }).headersTimeoutMs, 10_000);
  });
});

describe('names that are no settings', () => {
  test('an unknown name is an error that suggests the nearest one', () => {
    assert.match(
      findOnlyProblem({ POLLWATCH_PAGE_LIMIT: '1' }),
      /^POLLWATCH_PAGE_LIMIT: .*nearest name is POLLWATCH_PAGE_LIMIT_MAX:/,
    );
    assert.match(findOnlyProblem({ POLLWATCH_DATABSE_URL: 'x' }), /nearest name is POLLWATCH_DATABASE_URL:/);
    assert.match(findOnlyProblem({ POLLWATCH_port: '1' }), /nearest name is POLLWATCH_PORT:/);
  });

  test('what Kubernetes injects for a service gets the hint to turn that off', () => {
    assert.match(
      findOnlyProblem({ POLLWATCH_PORT: 'tcp://10.0.0.1:8080' }),
      /wanted a whole number .*enableServiceLinks: false/,
    );
    const problem = findOnlyProblem({
      POLLWATCH_SERVICE_HOST: '10.0.0.1',
      POLLWATCH_SERVICE_PORT: '8080',
      POLLWATCH_SERVICE_PORT_HTTP: '8080',
      POLLWATCH_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      POLLWATCH_PORT_8080_TCP_ADDR: '10.0.0.1',
      POLLWATCH_DB_PORT: 'tcp://10.0.0.2:27017',
    });
    assert.match(problem, /enableServiceLinks: false/);
    assert.match(
      problem,
      /POLLWATCH_DB_PORT, POLLWATCH_PORT_8080_TCP, POLLWATCH_PORT_8080_TCP_ADDR, POLLWATCH_SERVICE_HOST/,
    );
  });
});

describe('plain HTTP and TLS', () => {
  test('plain HTTP is served on a loopback address without more', () => {
    for (const host of [
      'localhost',
      'LOCALHOST',
      '::1',
      '0:0:0:0:0:0:0:1',
      '127.0.0.1',
      '127.0.0.2',
      '127.255.255.255',
    ]) {
      assert.equal(loadSettings({ POLLWATCH_HOST: host }).host, host);
    }
  });

  test('plain HTTP is refused on every other address', () => {
    const hosts = ['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', '126.255.255.255', '::2', 'feed.example.org'];
    for (const host of [...hosts, '127.0.0.1.example.org', 'localhost.example.org']) {
      assert.match(
        findOnlyProblem({ POLLWATCH_HOST: host }),
        /^POLLWATCH_HOST: .*POLLWATCH_INSECURE_HTTP=on/,
        host,
      );
    }
  });

  test('plain HTTP is served on any address when TLS ends elsewhere', () => {
    assert.equal(
      loadSettings({ POLLWATCH_HOST: '0.0.0.0', POLLWATCH_INSECURE_HTTP: 'on' }).insecureHttp,
      true,
    );
    assert.match(
      findOnlyProblem({ POLLWATCH_HOST: '::', POLLWATCH_INSECURE_HTTP: 'off' }),
      /^POLLWATCH_HOST/,
    );
  });

  test('a certificate and its key allow any address', () => {
    const [cert, key] = [makeFile('cert.pem'), makeFile('key.pem')];
    const settings = loadSettings({
      POLLWATCH_HOST: '0.0.0.0',
      POLLWATCH_TLS_CERT_FILE: cert,
      POLLWATCH_TLS_KEY_FILE: key,
    });
    assert.equal(settings.tlsCertFile, cert);
    assert.equal(settings.tlsKeyFile, key);
  });

  test('a certificate without its key, or a key without its certificate, is refused', () => {
    const file = makeFile('half.pem');
    for (const host of ['127.0.0.1', '0.0.0.0']) {
      const env = { POLLWATCH_HOST: host };
      assert.match(
        findOnlyProblem({ ...env, POLLWATCH_TLS_CERT_FILE: file }),
        /^POLLWATCH_TLS_KEY_FILE: found nothing/,
      );
      assert.match(
        findOnlyProblem({ ...env, POLLWATCH_TLS_KEY_FILE: file }),
        /^POLLWATCH_TLS_CERT_FILE: found nothing/,
      );
    }
  });

  test('a certificate that is no readable file is refused', () => {
    mkdirSync(join(folder, 'a-folder'), { recursive: true });
    const key = makeFile('key.pem');
    for (const cert of [join(folder, 'missing.pem'), join(folder, 'a-folder')]) {
      const problem = findOnlyProblem({ POLLWATCH_TLS_CERT_FILE: cert, POLLWATCH_TLS_KEY_FILE: key });
      assert.match(problem, /^POLLWATCH_TLS_CERT_FILE: .*a file that this process can read/);
    }
  });
});

describe('the sample', () => {
  test('is allowed with the default database alone', () => {
    assert.equal(loadSettings({}).sampleAllowed, true);
    assert.equal(loadSettings({ POLLWATCH_SAMPLE: 'on', NODE_ENV: 'development' }).sampleAllowed, true);
    assert.equal(loadSettings({ POLLWATCH_DATABASE_URL: '' }).sampleAllowed, true);
  });

  test('is not allowed when it is off, in production, or with a database that was named', () => {
    assert.equal(loadSettings({ POLLWATCH_SAMPLE: 'off' }).sampleAllowed, false);
    assert.equal(loadSettings({ NODE_ENV: 'production', POLLWATCH_SAMPLE: 'on' }).sampleAllowed, false);
    assert.equal(loadSettings({ POLLWATCH_DATABASE_URL: 'sqlite:./data/pollwatch.db' }).sampleAllowed, false);
    assert.equal(
      loadSettings({ POLLWATCH_DATABASE_URL: 'sqlite::memory:', POLLWATCH_SAMPLE: 'on' }).sampleAllowed,
      false,
    );
  });
});
