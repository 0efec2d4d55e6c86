import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, MARKINGS } from '../support/marked-objects.ts';
import { startTestHub } from '../support/test-hub.ts';

const RED = [MARKINGS.red];

test('an object whose markings are misspelt is refused, as it would reach more people than it should (release rules, 2)', async () => {
  await using hub = await startTestHub();
  const names = [
    'object_marking_ref',
    'object_markings_refs',
    'object_marking_refss',
    'objectmarkingrefs',
    'object_makring_refs',
    'granular_marking',
    'granluar_markings',
  ];
  for (const [index, name] of names.entries()) {
    const answer = await hub.sendOne('facebook', campaign(index, { [name]: RED }));
    assert.match(
      answer,
      new RegExp(`^failure: /${name}: expected (object_marking_refs|granular_markings), or`),
    );
  }
  assert.deepEqual(
    (await hub.show('federal')).filter(({ id }) => id.startsWith('campaign--')),
    [],
  );
});

test('other custom names are taken, and so is one that says by its x_ that it is meant', async () => {
  await using hub = await startTestHub();
  for (const [index, name] of ['x_object_marking_refs', 'marking_notes', 'object_references'].entries()) {
    assert.match(await hub.sendOne('facebook', campaign(index, { [name]: RED })), /^success/, name);
  }
});

test('a plain collection has no release rules, so that what STIX allows is taken there', async () => {
  await using hub = await startTestHub();
  const answer = await hub.sendOne('dhs', campaign(1, { object_marking_ref: RED }), { to: 'reference' });
  assert.match(answer, /^success/);
});
