import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { campaign, domain, marked, toTime } from '../support/marked-objects.ts';
import { startTestHub } from '../support/test-hub.ts';

const EVERYWHERE = marked('green', 'all');

for (const to of ['intake', 'reference']) {
  const user = to === 'intake' ? 'facebook' : 'dhs';
  const marks = to === 'intake' ? EVERYWHERE : {};

  describe(`versions of an object sent to ${to} (STIX 2.1, 3.6 and 3.7)`, () => {
    test('keep their created: another one is refused, in another spelling it is the same', async () => {
      await using hub = await startTestHub();
      await hub.sendOne(user, campaign(1, marks), { to });
      const other = { ...campaign(1, marks, 2), created: toTime(1) };
      assert.match(await hub.sendOne(user, other, { to }), /^failure: \/created: expected 2018-08-21T00:00/);
      const spelled = { ...campaign(1, marks, 2), created: '2018-08-21T00:00:00.000000Z' };
      assert.match(await hub.sendOne(user, spelled, { to }), /^success/);
    });

    test('end with a revocation: nothing comes after it, and it comes after everything', async () => {
      await using hub = await startTestHub();
      await hub.sendOne(user, campaign(1, marks, 1), { to });
      const revoked = campaign(1, { ...marks, revoked: true }, 3);
      assert.match(await hub.sendOne(user, revoked, { to }), /^success/);
      const later = await hub.sendOne(user, campaign(1, marks, 4), { to });
      assert.match(later, /^failure: \/modified: version 2018-08-21T00:03:00.000Z revoked this object/);
      const again = await hub.sendOne(user, campaign(1, { ...marks, revoked: true }, 5), { to });
      assert.match(again, /^failure: \/modified/);
      assert.match(await hub.sendOne(user, revoked, { to }), /^success: already held/);
    });

    test('may arrive late: an earlier version is taken after the revocation, an earlier revocation is not', async () => {
      await using hub = await startTestHub();
      await hub.sendOne(user, campaign(1, { ...marks, revoked: true }, 3), { to });
      assert.match(await hub.sendOne(user, campaign(1, marks, 2), { to }), /^success/);
      const earlier = await hub.sendOne(user, campaign(1, { ...marks, revoked: true }, 1), { to });
      assert.match(earlier, /^failure: \/revoked: version 2018-08-21T00:03:00.000Z is held already/);
    });

    test('are judged within one upload as one after the other', async () => {
      await using hub = await startTestHub();
      const revoked = campaign(1, { ...marks, revoked: true }, 1);
      const outcomes = await hub.send(user, [campaign(1, marks), revoked, campaign(1, marks, 2)], { to });
      assert.deepEqual(
        outcomes.map(({ result }) => result),
        ['success', 'success', 'failure'],
      );
    });

    test('are no matter of observables, whose created and revoked are custom', async () => {
      await using hub = await startTestHub();
      const first = domain(1, { ...marks, created: toTime(0), revoked: true });
      assert.match(await hub.sendOne(user, first, { to }), /^success/);
      assert.match(await hub.sendOne(user, { ...first, created: toTime(1) }, { to }), /^success/);
    });
  });
}
