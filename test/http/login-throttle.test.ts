import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer, TEST_PASSWORD } from '../support/test-server.ts';

const basic = (user: string, password: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

test('wrong logins are 429 after the limit of the user and of the address, and a right token is 200 all the same', async () => {
  await using server = await startTestServer({ LOGIN_ATTEMPTS: '3' });
  const login = async (user: string, password: string): Promise<number> =>
    (await server.get('/taxii2/', { headers: basic(user, password) })).status;
  const madeUp = `pwt_${'A'.repeat(43)}`;
  assert.deepEqual([await login('writer', madeUp), await login('writer', madeUp)], [401, 401]);
  assert.deepEqual([await login('writer', madeUp), await login('writer', madeUp)], [401, 429]);
  for (let i = 3; i < 30; i += 1) assert.equal(await login(`user-${i}`, madeUp), 401);
  assert.equal(await login('another', madeUp), 429);
  assert.equal(await login('reader', TEST_PASSWORD), 429);
  assert.equal((await server.get('/taxii2/')).status, 200);
  assert.equal(await login('writer', server.tokenOf('writer')), 200);
  server.clock.advance(60_000_000);
  assert.equal(await login('writer', TEST_PASSWORD), 200);
});
