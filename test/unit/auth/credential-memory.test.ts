import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createCredentialMemory, type CredentialMemory } from '../../../server/auth/credential-memory.ts';
import type { Verified } from '../../../server/auth/verify.ts';
import type { SignedIn } from '../../../server/domain/access.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { ids, SECOND, START } from './sample-directory.ts';

const signedIn: SignedIn = {
  kind: 'user',
  user: 'nass',
  org: 'nass',
  audience: 'state',
  role: 'partner',
  hub: false,
};

interface Setup {
  readonly clock: FakeClock;
  readonly memory: CredentialMemory;
  /** Signs in and says whether it was verified anew. */
  readonly verifies: (header: string, verified?: Verified) => Promise<boolean>;
  readonly changeDirectory: () => void;
}

function setUp(maxEntries = 10): Setup {
  const clock = createFakeClock(START);
  let generation = 1;
  const directory = { directoryGeneration: async (): Promise<number> => generation };
  const memory = createCredentialMemory({ directory, clock, ids, maxEntries });
  return {
    clock,
    memory,
    async verifies(header, verified = { signedIn }) {
      let calls = 0;
      const found = await memory.signIn(header, async () => {
        calls += 1;
        return verified;
      });
      assert.deepEqual(found, signedIn);
      return calls === 1;
    },
    changeDirectory() {
      generation += 1;
    },
  };
}

describe('memory of verified credentials', () => {
  test('a verified header is not verified again for a minute', async () => {
    const { clock, verifies } = setUp();
    assert.equal(await verifies('Basic a'), true);
    clock.advance(60 * SECOND - 1);
    assert.equal(await verifies('Basic a'), false);
    clock.advance(1);
    assert.equal(await verifies('Basic a'), true);
  });

  test('another header is verified for itself', async () => {
    const { verifies } = setUp();
    assert.equal(await verifies('Basic a'), true);
    assert.equal(await verifies('Basic b'), true);
  });

  test('a wrong credential is not remembered', async () => {
    const { memory, verifies } = setUp();
    assert.equal(await memory.signIn('Basic a', async () => undefined), undefined);
    assert.equal(memory.size, 0);
    assert.equal(await verifies('Basic a'), true);
  });

  test('an entry ends when its token does', async () => {
    const { clock, verifies } = setUp();
    const verified = { signedIn, expiresAt: START + 5 * SECOND };
    await verifies('Bearer a', verified);
    clock.advance(5 * SECOND - 1);
    assert.equal(await verifies('Bearer a', verified), false);
    clock.advance(1);
    assert.equal(await verifies('Bearer a', verified), true);
  });

  test('a clock that goes back makes no entry live longer', async () => {
    const { clock, verifies } = setUp();
    await verifies('Basic a');
    clock.advance(-1);
    assert.equal(await verifies('Basic a'), true);
  });

  test('everything is forgotten as soon as the directory changed', async () => {
    const { memory, verifies, changeDirectory } = setUp();
    await verifies('Basic a');
    await verifies('Basic b');
    changeDirectory();
    assert.equal(await verifies('Basic a'), true);
    assert.equal(memory.size, 1);
  });

  test('what was being verified while the directory changed is not remembered', async () => {
    const { memory, verifies, changeDirectory } = setUp();
    const gate = Promise.withResolvers<Verified>();
    const old = memory.signIn('Basic a', () => gate.promise);
    await Promise.resolve();
    changeDirectory();
    assert.equal(await verifies('Basic b'), true);
    gate.resolve({ signedIn });
    assert.deepEqual(await old, signedIn);
    assert.equal(memory.size, 1);
    assert.equal(await verifies('Basic a'), true);
  });

  test('a request after a change does not join a verification from before it', async () => {
    const { memory, changeDirectory } = setUp();
    const gate = Promise.withResolvers<Verified>();
    const old = memory.signIn('Basic a', () => gate.promise);
    await Promise.resolve();
    changeDirectory();
    assert.equal(await memory.signIn('Basic a', async () => undefined), undefined);
    gate.resolve({ signedIn });
    assert.deepEqual(await old, signedIn);
  });

  test('many requests at once with one right header are verified once', async () => {
    const { memory } = setUp();
    let calls = 0;
    const asked = Array.from({ length: 30 }, () =>
      memory.signIn('Basic a', async () => {
        calls += 1;
        return { signedIn };
      }),
    );
    assert.ok((await Promise.all(asked)).every((found) => found?.user === 'nass'));
    assert.equal(calls, 1);
  });

  test('many requests at once with one wrong header each count', async () => {
    const { memory } = setUp();
    let calls = 0;
    const asked = Array.from({ length: 30 }, () =>
      memory.signIn('Basic a', async () => {
        calls += 1;
        return undefined;
      }),
    );
    assert.ok((await Promise.all(asked)).every((found) => found === undefined));
    assert.equal(calls, 30);
  });

  test('the number of entries is bounded, at the limit and one past it', async () => {
    const { memory, verifies } = setUp(3);
    for (const header of ['a', 'b', 'c']) await verifies(header);
    assert.equal(memory.size, 3);
    assert.equal(await verifies('a'), false);
    await verifies('d');
    assert.equal(memory.size, 3);
    assert.equal(await verifies('a'), false);
    assert.equal(await verifies('b'), true);
  });
});
