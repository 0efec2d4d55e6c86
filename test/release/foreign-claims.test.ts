import assert from 'node:assert/strict';
import { test } from 'node:test';
import { domain, marked, MARKINGS, versioned } from '../support/marked-objects.ts';
import { IDENTITIES, startTestHub } from '../support/test-hub.ts';

test('an observable may not say that another organisation made it, and may name its own or a stranger (release rules, 1)', async () => {
  await using hub = await startTestHub();
  const { fbi, microsoft } = IDENTITIES;
  const from = (n: number, identity: string): object =>
    domain(n, { ...marked('green', 'all'), created_by_ref: identity });
  assert.match(await hub.sendOne('microsoft', from(1, fbi)), /^failure: this id cannot be used/);
  assert.match(await hub.sendOne('microsoft', from(1, microsoft)), /^success/);
  const stranger = 'identity--99999999-9999-4999-8999-999999999999';
  assert.match(await hub.sendOne('microsoft', from(2, stranger)), /^success/);
});

test('RED does not enter a plain collection, wherever the marking stands (release rules, 1)', async () => {
  await using hub = await startTestHub();
  const seen = {
    first_observed: '2018-08-21T00:00:00Z',
    last_observed: '2018-08-21T00:00:00Z',
    number_observed: 1,
  };
  const url = { type: 'url', value: 'https://example.com/', object_marking_refs: [MARKINGS.red] };
  const observed = versioned('observed-data', 1, { ...seen, objects: { '0': url } });
  assert.match(await hub.sendOne('dhs', observed, { to: 'reference' }), /^failure: TLP:RED is above/);
  const note = versioned('campaign', 2, { name: 'x', x_part: { marking_ref: MARKINGS.red } });
  assert.match(await hub.sendOne('dhs', note, { to: 'reference' }), /^failure: TLP:RED is above/);
});
