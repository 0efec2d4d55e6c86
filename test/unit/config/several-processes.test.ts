import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadSettings } from '../../../server/config/load.ts';
import { toProblems } from './expect-config-error.ts';

type Environment = Readonly<Record<string, string>>;

function findProblems(env: Environment): readonly string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    return toProblems(error);
  }
}

describe('WORKERS', () => {
  test('is refused above 1 over a database in memory, which one process alone has', () => {
    const memory = { POLLWATCH_DATABASE_URL: 'sqlite::memory:' };
    assert.deepEqual(findProblems({ ...memory, POLLWATCH_WORKERS: '1' }), []);
    const [problem, ...others] = findProblems({ ...memory, POLLWATCH_WORKERS: '2' });
    assert.match(problem ?? '', /^POLLWATCH_WORKERS: found 2, wanted 1, because sqlite::memory: /);
    assert.deepEqual(others, []);
    for (const url of ['sqlite:./x.db', 'mongodb://localhost/pollwatch']) {
      assert.deepEqual(findProblems({ POLLWATCH_DATABASE_URL: url, POLLWATCH_WORKERS: '2' }), []);
    }
  });
});

describe('METRICS_HOST', () => {
  test('is refused without TLS when it is not loopback, as HOST is', () => {
    const open = { POLLWATCH_METRICS_PORT: '9090', POLLWATCH_METRICS_HOST: '0.0.0.0' };
    const [problem, ...others] = findProblems(open);
    assert.match(problem ?? '', /^POLLWATCH_METRICS_HOST: found "0\.0\.0\.0" without TLS/);
    assert.deepEqual(others, []);
    assert.deepEqual(findProblems({ ...open, POLLWATCH_INSECURE_HTTP: 'on' }), []);
    for (const host of ['127.0.0.1', '::1', 'localhost']) {
      assert.deepEqual(findProblems({ ...open, POLLWATCH_METRICS_HOST: host }), []);
    }
  });

  test('may be anything while no metrics are given out', () => {
    assert.deepEqual(findProblems({ POLLWATCH_METRICS_HOST: '0.0.0.0' }), []);
  });

  test('may be any address with the TLS files of the server', () => {
    const file = import.meta.filename;
    const env = {
      ...{ POLLWATCH_METRICS_PORT: '9090', POLLWATCH_METRICS_HOST: '0.0.0.0' },
      ...{ POLLWATCH_TLS_CERT_FILE: file, POLLWATCH_TLS_KEY_FILE: file },
    };
    assert.deepEqual(findProblems(env), []);
  });
});
