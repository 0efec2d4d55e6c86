import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '../../server/auth/tokens.ts';
import { openCore, startServer, SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { createLogger } from '../../server/ops/logger.ts';
import { addSampleUsers, readSampleBundle } from '../../server/sample.ts';
import { readEnvelope } from '../../server/stix/read-objects.ts';
import { makeTestDatabase } from '../support/test-database.ts';
import * as IDS from './august-2018-ids.ts';

const EVERYBODY = [...IDS.CLEAR_FOR_ALL, ...IDS.TRAVELS_EVERYWHERE];
const WANTED = {
  fbi: { federal: [...EVERYBODY, ...IDS.ACCOUNT, ...IDS.ADVICE, ...IDS.PERSON], public: EVERYBODY },
  nass: { state: [...EVERYBODY, ...IDS.ACCOUNT, ...IDS.ADVICE], public: EVERYBODY },
  facebook: { private: [...EVERYBODY, ...IDS.ACCOUNT], public: EVERYBODY },
} as const;

const BUNDLE = await readSampleBundle(findPackageRoot());
const TEXTS = readEnvelope(BUNDLE, { maxDepth: 100 }).map(({ text }) => text);

interface Polled {
  readonly objects?: readonly { readonly id: string }[];
  readonly next?: string;
}

function parsePolled(text: string): Polled {
  return JSON.parse(text) as Polled;
}

/** Starts a server with the example's users, posts the parts as the FBI's analyst, and polls as each of them. */
async function postAndPoll(
  parts: readonly (readonly string[])[],
): Promise<Record<string, readonly string[]>> {
  await using database = await makeTestDatabase();
  const settings = loadSettings({
    POLLWATCH_PORT: '0',
    POLLWATCH_DATABASE_URL: database.url,
    POLLWATCH_LOG_LEVEL: 'silent',
  });
  const core = await openCore(settings);
  const log = createLogger('silent');
  try {
    await addSampleUsers(core, { hashPassword: async () => 'none' }, SYSTEM_IDS, BUNDLE);
    const server = await startServer(settings, core, log);
    try {
      const headers = new Map<string, string>();
      for (const user of Object.keys(WANTED)) {
        const { id, token, hash } = createToken(SYSTEM_IDS);
        await core.store.addToken({ id, user, hash, createdAt: SYSTEM_CLOCK.now(), revoked: false });
        headers.set(user, `Bearer ${token}`);
      }
      const as = (user: string): Record<string, string> => ({ Authorization: headers.get(user) ?? '' });
      for (const part of parts) {
        const answer = await fetch(`${server.url}/feed/collections/intake/objects/`, {
          method: 'POST',
          headers: { ...as('fbi'), 'Content-Type': 'application/taxii+json;version=2.1' },
          body: `{"objects":[${part.join(',')}]}`,
        });
        assert.equal(answer.status, 202);
        await answer.text();
      }
      const found: Record<string, readonly string[]> = {};
      for (const [user, collections] of Object.entries(WANTED)) {
        for (const alias of Object.keys(collections)) {
          found[`${user} ${alias}`] = await pollAll(
            `${server.url}/feed/collections/${alias}/objects/?limit=40`,
            as(user),
          );
        }
      }
      return found;
    } finally {
      await server.close();
    }
  } finally {
    await core.close();
  }
}

async function pollAll(url: string, headers: Record<string, string>): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let next: string | undefined = ''; next !== undefined;) {
    const answer = await fetch(next === '' ? url : `${url}&next=${encodeURIComponent(next)}`, { headers });
    assert.equal(answer.status, 200);
    const page = parsePolled(await answer.text());
    ids.push(...(page.objects ?? []).map(({ id }) => id));
    next = page.next;
  }
  return ids;
}

function checkPolled(found: Record<string, readonly string[]>): void {
  for (const [user, collections] of Object.entries(WANTED)) {
    for (const [alias, wanted] of Object.entries<readonly string[]>(collections)) {
      assert.deepEqual(
        [...(found[`${user} ${alias}`] ?? [])].sort(),
        [...wanted].sort(),
        `${user} polls ${alias}`,
      );
    }
  }
}

test('the lists name every object of the example once', () => {
  const listed = [...EVERYBODY, ...IDS.ACCOUNT, ...IDS.ADVICE, ...IDS.PERSON, ...IDS.NOBODY];
  assert.equal(new Set(listed).size, listed.length);
  assert.equal(listed.length, TEXTS.length);
});

test('the FBI, NASS and Facebook see exactly what the rules give them, uploaded in one piece', async () => {
  checkPolled(await postAndPoll([TEXTS]));
});

test('the FBI, NASS and Facebook see the same in the end, uploaded in halves', async () => {
  const half = Math.floor(TEXTS.length / 2);
  checkPolled(await postAndPoll([TEXTS.slice(half), TEXTS.slice(0, half)]));
});

test('the FBI, NASS and Facebook see the same in the end, uploaded object by object', async () => {
  checkPolled(await postAndPoll(TEXTS.map((text) => [text])));
});

test('the FBI, NASS and Facebook see the same in the end, uploaded object by object in reverse', async () => {
  checkPolled(await postAndPoll(TEXTS.toReversed().map((text) => [text])));
});
