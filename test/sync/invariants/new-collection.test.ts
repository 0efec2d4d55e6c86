import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import type { TaxiiClient } from '../../../server/sync/client/taxii-client.ts';
import { createMemoryPartner, PARTNER_COLLECTION } from '../push/memory-partner.ts';
import { startPushWorld, toText } from '../push/push-world.ts';

const NEW_COLLECTION = '77777777-3b4a-4c6d-8e9f-0a1b2c3d4e5f';

test('a collection that the partner made anew gets what the one before it got', async () => {
  await using world = await startPushWorld({ feed: { collection: 'Shared' } });
  await world.publish([1, 2]);
  await world.run(createMemoryPartner().client);
  await world.publish([3]);
  const { client, held } = createMemoryPartner();
  const anew: TaxiiClient = {
    ...client,
    async listCollections(apiRoot) {
      return (await client.listCollections(apiRoot)).map((each) => ({ ...each, id: NEW_COLLECTION }));
    },
    addObjects(address, body) {
      if (address.collection === PARTNER_COLLECTION) throw new PartnerFault('not-found', 'It is gone.');
      return client.addObjects({ ...address, collection: PARTNER_COLLECTION }, body);
    },
  };
  assert.equal(await world.run(anew), 'complete');
  assert.deepEqual([...held.values()], [toText(1), toText(2), toText(3)]);
  assert.equal(world.state().partner?.collection, NEW_COLLECTION);
});
