import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findNativeFault } from '../../server/storage/mongo/native.ts';
import { toHeldVersion } from '../support/held-samples.ts';
import { mongoAvailability } from '../support/mongo/mongo-database.ts';
import { toStixId } from '../support/publications.ts';
import { openServers } from './open-mongo.ts';
import { commit } from './open-store.ts';

const SKIP = await mongoAvailability();

describe('MongoStore: objects near the limit', { timeout: 120_000 }, () => {
  test('an object that only its native form makes too large is refused with both sizes', () => {
    const object = { numbers: new Array<number>(3_000_000).fill(1) };
    const fault = findNativeFault(object, JSON.stringify(object), 16 * 2 ** 20);
    assert.match(fault ?? '', /takes \d{8} bytes as a document of MongoDB, which takes at most \d{8} /);
  });

  test(
    'an object is held whose text and long list of references do not fit beside it',
    { skip: SKIP },
    async (t) => {
      const store = await (await openServers(t)).open({ staleMs: 0 });
      const id = toStixId('report', 1);
      const selectors = Array.from({ length: 150_000 }, (_, number) => toStixId('indicator', number));
      const object = { id, object_refs: selectors };
      const text = JSON.stringify(object);
      assert.equal(store.objectFault(object, text), undefined);
      // What counts is the size of the facts, whatever is in them.
      const version = toHeldVersion({ id, handle: 1, text, facts: { granular: [{ selectors }] } });
      await commit(store, { versions: [version] });
      await store.view(async (section) => {
        assert.deepEqual((await section.heldObjects([id])).get(id)?.versions, [version]);
      });
      await commit(store, { dropVersions: [1] });
      await store.view(async (section) => {
        assert.equal((await section.heldObjects([id])).size, 0);
      });
    },
  );
});
