import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Organisation, Token, User } from '../../server/domain/directory.ts';
import type { Store } from '../../server/storage/port.ts';
import { toStixId } from '../support/publications.ts';
import { openForTest, openSecondForTest } from './open-store.ts';
import type { OpenStore } from './open-store.ts';

const FBI: Organisation = {
  id: 'fbi',
  name: 'Federal Bureau of "Investigation" – ж',
  audience: 'federal',
  identity: toStixId('identity', 1),
  hub: true,
};
const NASS: Organisation = { id: 'nass', name: 'NASS', audience: 'state', hub: false };
const ANN: User = {
  name: 'ann',
  org: 'fbi',
  role: 'analyst',
  passwordHash: '$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA',
  certificate: 'CN=ann,O=FBI',
  disabled: false,
};
const BOB: User = { name: 'bob', org: 'nass', role: 'partner', passwordHash: '$scrypt$x', disabled: false };
const TOKEN: Token = {
  id: 'token-1',
  user: 'ann',
  hash: 'cd'.repeat(32),
  createdAt: Date.UTC(2026, 0, 1) * 1000 + 1,
  expiresAt: Date.UTC(2027, 0, 1) * 1000 + 1,
  revoked: false,
};
const LASTING: Token = { id: 'token-2', user: 'bob', hash: 'ef'.repeat(32), createdAt: 5, revoked: false };

async function fill(store: Store): Promise<void> {
  assert.equal(await store.addOrganisation(FBI), true);
  assert.equal(await store.addOrganisation(NASS), true);
  assert.equal(await store.addUser(ANN), true);
  assert.equal(await store.addUser(BOB), true);
  await store.addToken(TOKEN);
  await store.addToken(LASTING);
}

/** Organisations, users and tokens. */
export function describeDirectory(openStore: OpenStore): void {
  test('obligation 3: the directory is there as it was written, after the store was opened anew', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await fill(store);
    for (const open of [() => Promise.resolve(store), () => opened.reopen()]) {
      const from = await open();
      const organisations = await from.listOrganisations();
      assert.deepEqual(
        organisations.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        [FBI, NASS],
      );
      const users = await from.listUsers();
      assert.deepEqual(
        users.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
        [ANN, BOB],
      );
      const tokens = await from.listTokens();
      assert.deepEqual(
        tokens.toSorted((one, other) => (one.id < other.id ? -1 : 1)),
        [TOKEN, LASTING],
      );
      assert.deepEqual(await from.findOrganisation('nass'), NASS);
      assert.deepEqual(await from.findUser('ann'), ANN);
      assert.deepEqual(await from.findUserByCertificate('CN=ann,O=FBI'), ANN);
      assert.deepEqual(await from.findTokenByHash(LASTING.hash), LASTING);
    }
  });

  test('obligation 4: what is not in the directory is not found', async (t) => {
    const { store } = await openForTest(t, openStore);
    await fill(store);
    assert.equal(await store.findOrganisation('FBI'), undefined);
    assert.equal(await store.findUser('carol'), undefined);
    assert.equal(await store.findUserByCertificate('CN=bob'), undefined);
    assert.equal(await store.findTokenByHash('00'.repeat(32)), undefined);
    assert.equal(await store.setPasswordHash('carol', '$scrypt$y'), false);
    assert.equal(await store.disableUser('carol'), false);
    assert.equal(await store.revokeToken('token-3'), false);
  });

  test('obligation 4: an id, an identity, a name and a certificate are given once', async (t) => {
    const under = await openForTest(t, openStore);
    const { store } = under;
    await fill(store);
    assert.equal(await store.addOrganisation({ ...NASS, name: 'Another' }), false);
    assert.equal(await store.addOrganisation({ ...FBI, id: 'fbi-2' }), false);
    assert.equal(await store.addUser({ ...BOB, passwordHash: '$scrypt$z' }), false);
    assert.equal(await store.addUser({ ...ANN, name: 'ann-2' }), false);
    assert.equal((await store.listOrganisations()).length, 2);
    assert.equal((await store.listUsers()).length, 2);
    assert.deepEqual(await store.findUser('bob'), BOB);
    // None at all may be had by any number.
    assert.equal(await store.addOrganisation({ ...NASS, id: 'nased' }), true);
    assert.equal(await store.addUser({ ...BOB, name: 'bob-2' }), true);
  });

  test('obligation 4: of two stores that add the same user at once, one is told that it is taken', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    assert.equal(await under.store.addOrganisation(NASS), true);
    const added = await Promise.all([under.store, second].map((store) => store.addUser(BOB)));
    assert.deepEqual(added.toSorted(), [false, true]);
  });

  test('obligation 3: passwords, disabled users and revoked tokens are kept', async (t) => {
    const { opened, store } = await openForTest(t, openStore);
    await fill(store);
    assert.equal(await store.setPasswordHash('ann', '$scrypt$new'), true);
    assert.equal(await store.disableUser('bob'), true);
    assert.equal(await store.revokeToken('token-1'), true);
    for (const open of [() => Promise.resolve(store), () => opened.reopen()]) {
      const from = await open();
      assert.deepEqual(await from.findUser('ann'), { ...ANN, passwordHash: '$scrypt$new' });
      assert.deepEqual(await from.findUser('bob'), { ...BOB, disabled: true });
      assert.deepEqual(await from.findTokenByHash(TOKEN.hash), { ...TOKEN, revoked: true });
      assert.deepEqual(await from.findTokenByHash(LASTING.hash), LASTING);
    }
  });

  test('obligation 10: every change of the directory changes its generation, in every store', async (t) => {
    const under = await openForTest(t, openStore);
    const second = await openSecondForTest(under);
    const stores = [under.store, second];
    const seen = await Promise.all(stores.map(async (store) => [await store.directoryGeneration()]));
    const changes: readonly ((store: Store) => Promise<unknown>)[] = [
      (store) => store.addOrganisation(FBI),
      (store) => store.addOrganisation(NASS),
      (store) => store.addUser(ANN),
      (store) => store.addUser(BOB),
      (store) => store.addToken(TOKEN),
      (store) => store.setPasswordHash('ann', '$scrypt$new'),
      (store) => store.disableUser('bob'),
      (store) => store.revokeToken('token-1'),
    ];
    for (const [turn, change] of changes.entries()) {
      await change(stores[turn % 2] ?? under.store);
      for (const [place, store] of stores.entries()) {
        const generation = await store.directoryGeneration();
        assert.ok(!seen[place]?.includes(generation), `change ${turn} kept generation ${generation}`);
        seen[place]?.push(generation);
      }
    }
  });
}
