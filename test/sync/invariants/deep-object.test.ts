import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFeedHub } from '../../support/partner/feed-hub.ts';
import { makeCampaigns } from '../../support/partner/objects.ts';
import { startScene } from '../faults/scene.ts';

function nest(levels: number): unknown {
  return levels === 0 ? 1 : [nest(levels - 1)];
}

test('an object that nests deeper than any answer may is a reject, and does not hide what comes with it', async () => {
  await using hub = await startFeedHub();
  const [deep, ...others] = makeCampaigns(15).toReversed();
  assert.ok(deep);
  const objects = [...others.slice(0, 7), { ...deep, x_deep: nest(120) }, ...others.slice(7)];
  await using scene = await startScene(hub, { objects });
  const run = await scene.run();
  assert.equal(run.result, 'complete', JSON.stringify(run.error));
  assert.equal(run.counts.rejected, 1);
  assert.equal((await scene.readHeld()).length, 14);
  const [reject] = await hub.readRejects(scene.feed);
  assert.equal(reject?.id, deep.id);
});
