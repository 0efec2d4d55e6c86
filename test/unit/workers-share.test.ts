import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings } from '../../server/config/load.ts';
import { toShare } from '../../server/workers-share.ts';

const load = (env: Readonly<Record<string, string>>) => loadSettings(env);

test('workers together have no more connections and failed logins than the settings allow', () => {
  for (const workers of [2, 3, 4, 64]) {
    const settings = load({
      POLLWATCH_WORKERS: String(workers),
      POLLWATCH_MAX_CONNECTIONS: '1000',
      POLLWATCH_LOGIN_ATTEMPTS: '100',
    });
    const share = toShare(settings, 4711);
    assert.ok(share.maxConnections * workers <= 1000 && (share.maxConnections + 1) * workers > 1000);
    assert.ok(share.loginAttempts * workers <= 100 && (share.loginAttempts + 1) * workers > 100);
    assert.equal(share.port, 4711);
    assert.deepEqual({ ...share, ...pick(settings) }, settings, 'nothing else differs');
  }
});

test('a worker has one connection and one failed login at least', () => {
  const settings = load({
    POLLWATCH_WORKERS: '8',
    POLLWATCH_MAX_CONNECTIONS: '4',
    POLLWATCH_LOGIN_ATTEMPTS: '4',
  });
  const share = toShare(settings, 1);
  assert.deepEqual([share.maxConnections, share.loginAttempts], [1, 1]);
});

function pick({ port, maxConnections, loginAttempts }: ReturnType<typeof load>) {
  return { port, maxConnections, loginAttempts };
}
