import { afterEach, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import { CHALLENGES, createAuthentication, principalOf } from '../../../server/auth/authenticate.ts';
import { createCredentialMemory, type CredentialMemory } from '../../../server/auth/credential-memory.ts';
import { createThrottle } from '../../../server/auth/throttle.ts';
import { createVerifier } from '../../../server/auth/verify.ts';
import { AppError } from '../../../server/domain/errors.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import {
  createSampleDirectory,
  ids,
  PASSWORD,
  SECOND,
  START,
  type SampleDirectory,
} from './sample-directory.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retryAfter: string | null;
  readonly challenge: string | null;
}

interface Running extends SampleDirectory {
  readonly clock: FakeClock;
  readonly memory: CredentialMemory;
  readonly hashes: () => number;
  readonly get: (path: string, authorization?: string) => Promise<Answer>;
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;

let server: Server | undefined;

afterEach(async () => {
  const running = server;
  server = undefined;
  if (!running) return;
  running.closeAllConnections();
  await new Promise<void>((resolve) => running.close(() => resolve()));
});

/** Answers with the code of the failure, and shows what status and challenge were left on the answer. */
const showFailure: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (!(error instanceof AppError)) {
    next(error);
    return;
  }
  assert.equal(res.statusCode, 200);
  assert.equal(res.getHeader('WWW-Authenticate'), undefined);
  if (error.retryAfterSeconds !== undefined) res.set('Retry-After', String(error.retryAfterSeconds));
  res.status(error.code === 'auth.throttled' ? 429 : 401).send(error.code);
};

async function start(): Promise<Running> {
  const sample = await createSampleDirectory();
  const { directory } = sample;
  const clock = createFakeClock(START);
  const memory = createCredentialMemory({ directory, clock, ids });
  let hashes = 0;
  const hasher = {
    unmatchable: sample.hasher.unmatchable,
    verifyPassword(password: string, phc: string): Promise<boolean> {
      hashes += 1;
      return sample.hasher.verifyPassword(password, phc);
    },
  };
  const verifier = createVerifier({ directory, hasher, throttle: createThrottle({ clock }), clock });
  const { authenticate, requireSignedIn } = createAuthentication({ memory, verifier, clock });
  const app = express();
  app.use(authenticate);
  app.get('/open', (req, res) => {
    res.json(principalOf(req));
  });
  app.get('/closed', requireSignedIn, (req, res) => {
    res.json(principalOf(req));
  });
  app.use(showFailure);
  const listening = app.listen(0, '127.0.0.1');
  server = listening;
  await new Promise((resolve) => listening.once('listening', resolve));
  const address = listening.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    ...sample,
    clock,
    memory,
    hashes: () => hashes,
    async get(path, authorization) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await fetch(`http://127.0.0.1:${address.port}${path}`, { headers });
      return {
        status: answer.status,
        body: await answer.text(),
        retryAfter: answer.headers.get('retry-after'),
        challenge: answer.headers.get('www-authenticate'),
      };
    },
  };
}

const NASS = { kind: 'user', user: 'nass', org: 'nass', audience: 'state', role: 'partner', hub: false };

describe('authentication over HTTP', () => {
  test('Basic, Bearer and Token sign in, in any case (TAXII 2.1, 8.3)', async () => {
    const { get, issueToken } = await start();
    const { token } = await issueToken('nass');
    const right = basic('nass', PASSWORD);
    const headers = [
      right,
      right.replace('Basic', 'basic'),
      `Bearer ${token}`,
      `bearer ${token}`,
      `Token ${token}`,
      `TOKEN ${token}`,
      basic('nass', token),
    ];
    for (const header of headers) {
      const answer = await get('/closed', header);
      assert.equal(answer.status, 200, header);
      assert.deepEqual(JSON.parse(answer.body), NASS);
      assert.equal(answer.challenge, null);
    }
  });

  test('a request without credentials stays anonymous and goes on where that is allowed', async () => {
    const { get } = await start();
    const open = await get('/open');
    assert.equal(open.status, 200);
    assert.deepEqual(JSON.parse(open.body), { kind: 'anonymous' });
    assert.deepEqual(await get('/closed'), {
      status: 401,
      body: 'auth.required',
      retryAfter: null,
      challenge: null,
    });
  });

  test('wrong and malformed credentials are refused also where none are needed', async () => {
    const { get, issueToken } = await start();
    const { token } = await issueToken('nass');
    const wrong = [
      basic('nass', 'wrong'),
      basic('nobody', PASSWORD),
      basic('nased', token),
      'Basic !!!!',
      'Basic bmFzcw==',
      'Basic',
      'Bearer',
      `Bearer ${token}x`,
      'Bearer bmFzczp4',
      `Digest username="nass"`,
      `Basic ${'A'.repeat(8192)}`,
      ' ',
    ];
    for (const header of wrong) {
      const answer = await get('/open', header);
      assert.deepEqual([answer.status, answer.body], [401, 'auth.invalid'], header.slice(0, 40));
    }
  });

  test('a revoked token, an expired token and a disabled user are refused although they were remembered', async () => {
    const { clock, directory, get, issueToken } = await start();
    const revoked = await issueToken('nass');
    const expiring = await issueToken('nass', START + 5 * SECOND);
    const codes = async (): Promise<number[]> => {
      const headers = [`Bearer ${revoked.token}`, `Bearer ${expiring.token}`, basic('nass', PASSWORD)];
      const answers = [];
      for (const header of headers) answers.push((await get('/closed', header)).status);
      return answers;
    };
    assert.deepEqual(await codes(), [200, 200, 200]);
    assert.deepEqual(await codes(), [200, 200, 200]);
    clock.advance(5 * SECOND);
    assert.deepEqual(await codes(), [200, 401, 200]);
    await directory.revokeToken(revoked.id);
    assert.deepEqual(await codes(), [401, 401, 200]);
    await directory.disableUser('nass');
    assert.deepEqual(await codes(), [401, 401, 401]);
  });

  test('a changed password counts at once: the old one is refused and the new one passes', async () => {
    const { directory, get, hasher } = await start();
    assert.equal((await get('/closed', basic('nass', PASSWORD))).status, 200);
    await directory.setPasswordHash('nass', await hasher.hashPassword('new'));
    assert.equal((await get('/closed', basic('nass', PASSWORD))).status, 401);
    assert.equal((await get('/closed', basic('nass', 'new'))).status, 200);
  });

  test('a remembered credential costs no hash until the directory changes', async () => {
    const { directory, get, hashes, memory } = await start();
    for (let i = 0; i < 5; i += 1) await get('/closed', basic('nass', PASSWORD));
    assert.equal(hashes(), 1);
    assert.equal(memory.size, 1);
    await directory.disableUser('nased');
    assert.equal((await get('/closed', basic('nass', PASSWORD))).status, 200);
    assert.equal(hashes(), 2);
  });

  test('the 20th failed login is 401, the 21st is 429 with Retry-After, and a minute later it is 401 again', async () => {
    const { clock, get } = await start();
    const answers = [];
    for (let i = 0; i < 21; i += 1) answers.push(await get('/open', basic('nass', `wrong ${i}`)));
    assert.ok(
      answers.slice(0, 20).every((answer) => answer.status === 401 && answer.body === 'auth.invalid'),
    );
    const last = answers[20];
    assert.deepEqual([last?.status, last?.body, last?.retryAfter], [429, 'auth.throttled', '60']);
    assert.equal((await get('/open', basic('nass', PASSWORD))).status, 429);
    clock.advance(60 * SECOND);
    assert.equal((await get('/open', basic('nass', 'wrong'))).status, 401);
  });

  test('of 30 wrong logins at once 20 are 401 and the rest 429', async () => {
    const { get, hashes } = await start();
    const answers = await Promise.all(Array.from({ length: 30 }, () => get('/open', basic('nass', 'wrong'))));
    assert.equal(answers.filter((answer) => answer.status === 401).length, 20);
    assert.equal(answers.filter((answer) => answer.status === 429).length, 10);
    assert.equal(hashes(), 20);
  });

  test('a success clears the count of failed logins', async () => {
    const { get } = await start();
    for (let i = 0; i < 19; i += 1) await get('/open', basic('nass', 'wrong'));
    assert.equal((await get('/open', basic('nass', PASSWORD))).status, 200);
    for (let i = 0; i < 20; i += 1) assert.equal((await get('/open', basic('nass', 'wrong'))).status, 401);
    assert.equal((await get('/open', basic('nass', 'wrong'))).status, 429);
  });

  test('a remembered credential passes while its user is throttled, and clears nothing', async () => {
    const { get } = await start();
    assert.equal((await get('/closed', basic('nass', PASSWORD))).status, 200);
    for (let i = 0; i < 20; i += 1) await get('/open', basic('nass', 'wrong'));
    assert.equal((await get('/closed', basic('nass', PASSWORD))).status, 200);
    assert.equal((await get('/open', basic('nass', 'wrong'))).status, 429);
  });

  test('there is one challenge for each scheme, Basic first with its charset (RFC 7617, 2.1)', () => {
    assert.deepEqual(
      CHALLENGES.map((challenge) => challenge.split(' ')[0]),
      ['Basic', 'Bearer', 'Token'],
    );
    assert.ok(CHALLENGES[0].endsWith('charset="UTF-8"'));
  });
});
