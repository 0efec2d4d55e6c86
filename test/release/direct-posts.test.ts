import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findPackageRoot } from '../../server/config/package-root.ts';
import { FIXED_IDENTITY } from '../../server/release/world.ts';
import { campaign, marked, MARKINGS, relationship, toTime } from '../support/marked-objects.ts';
import { startTestHub, type HubUser, type TestHub } from '../support/test-hub.ts';

const EVERYWHERE = marked('green', 'all');
const ONE = campaign(1).id;

describe('posts straight to an audience collection (release rules, 2)', () => {
  test('make a candidate for that collection only, until the same version is sent to intake', async () => {
    await using hub = await startTestHub();
    const answer = await hub.sendOne('dhs', campaign(1, EVERYWHERE), { to: 'private' });
    assert.match(
      answer,
      /^success: shown in private; withheld from state: it was not sent to this collection; /,
    );
    assert.equal(await hub.whereShown(ONE), 'private');
    await hub.sendOne('dhs', campaign(1, EVERYWHERE), { to: 'state' });
    assert.equal(await hub.whereShown(ONE), 'private state');
    await hub.sendOne('dhs', campaign(1, EVERYWHERE, 1), { to: 'intake' });
    assert.deepEqual(
      [(await hub.show('federal', ONE)).length, (await hub.show('private', ONE)).length],
      [1, 2],
    );
    await hub.sendOne('dhs', campaign(1, EVERYWHERE));
    assert.equal((await hub.show('federal', ONE)).length, 2);
  });

  test('without an AUDIENCE marking have the audiences that this collection asks for', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('dhs', campaign(1, marked('green')), { to: 'state' });
    assert.equal(await hub.whereShown(ONE), 'state');
    await hub.sendOne('dhs', campaign(1, marked('green')));
    assert.equal(await hub.whereShown(ONE), 'federal state');
    const tight = await hub.sendOne('dhs', campaign(2, marked('green', 'federal')), { to: 'state' });
    assert.match(tight, /^failure: .*withheld from state: its audience does not include this collection/);
    assert.match(
      await hub.sendOne('dhs', campaign(3, marked('red')), { to: 'state' }),
      /^failure: .*TLP level/,
    );
  });

  test('are judged by the same ownership as posts to intake', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, marked('green', 'federal')));
    assert.equal(
      await hub.sendOne('microsoft', campaign(1, EVERYWHERE, 1), { to: 'private' }),
      'failure: this id cannot be used by your organisation',
    );
    await hub.sendOne('microsoft', campaign(2), { to: 'private' });
    assert.equal(await hub.whereShown(campaign(2).id), 'private');
  });
});

describe('DELETE on an audience collection (release rules, 5)', () => {
  const shared = async (): Promise<TestHub> => {
    const hub = await startTestHub();
    await hub.send('facebook', [campaign(1, EVERYWHERE), campaign(1, EVERYWHERE, 1)]);
    return hub;
  };

  test('only the owner or a hub analyst may; for others it is 403 where they see it and 404 where nobody does', async () => {
    await using hub = await shared();
    for (const user of ['microsoft', 'fbi', 'twitter', 'nass', 'dhs-partner'] as const satisfies HubUser[]) {
      await assert.rejects(hub.remove(user, 'private', ONE), { code: 'access.denied' }, user);
      await assert.rejects(hub.remove(user, 'public', ONE), { code: 'object.not-found' }, user);
      await assert.rejects(hub.remove(user, 'private', campaign(9).id), { code: 'object.not-found' }, user);
    }
    assert.equal((await hub.show('private', ONE)).length, 2);
    await hub.remove('facebook', 'private', ONE);
    await hub.remove('dhs', 'state', ONE);
    assert.equal(await hub.whereShown(ONE), 'federal');
  });

  test('takes out the versions that it names, and all without a name, and no later ones', async () => {
    await using hub = await shared();
    const first = { all: false, first: true, last: false, exact: [] };
    await hub.remove('facebook', 'private', ONE, { versions: [first] });
    assert.match((await hub.show('private', ONE)).map(({ text }) => text).join(), new RegExp(toTime(1)));
    await hub.remove('facebook', 'state', ONE);
    assert.match(await hub.sendOne('facebook', campaign(1, EVERYWHERE, 2)), /^success: shown in /);
    assert.deepEqual(
      [(await hub.show('private', ONE)).length, (await hub.show('state', ONE)).length],
      [2, 1],
    );
  });

  test('posting a version again to that collection ends it for that version; to intake or elsewhere does not', async () => {
    await using hub = await shared();
    await hub.remove('facebook', 'private', ONE);
    for (const to of ['intake', 'state']) {
      const answer = await hub.sendOne('facebook', campaign(1, EVERYWHERE), { to });
      assert.match(answer, /withheld from private: it was taken out of this collection/);
    }
    hub.clock.advance(1_000_000);
    assert.match(
      await hub.sendOne('facebook', campaign(1, EVERYWHERE), { to: 'private' }),
      /^success: already held; shown in .*private/,
    );
    const [entry, ...more] = await hub.show('private', ONE);
    assert.equal(more.length, 0);
    assert.ok(entry && entry.dateAdded >= hub.clock.now(), 'it came in anew');
  });

  test('takes with it what refers to what is gone', async () => {
    await using hub = await shared();
    await hub.send('facebook', [campaign(2, EVERYWHERE), relationship(1, ONE, campaign(2).id, EVERYWHERE)]);
    await hub.remove('dhs', 'private', ONE);
    assert.equal(await hub.whereShown(relationship(1, '', '').id), 'federal state');
  });
});

describe('objects that are built in (release rules, 1; taxii: TLP)', () => {
  const textOf = async (hub: TestHub, id: string): Promise<string | undefined> =>
    hub.store.view(async (section) => (await section.heldObjects([id])).get(id)?.versions[0]?.text);

  test('a TLP marking of the same level in another spelling is a success, and our text stays', async () => {
    await using hub = await startTestHub();
    const spellings = [
      {
        id: MARKINGS.white,
        spec_version: '2.1',
        definition_type: 'tlp',
        definition: { tlp: 'WHITE' },
        name: 'TLP:WHITE',
      },
      { id: MARKINGS.white, definition_type: 'tlp', definition: { tlp: 'white' } },
      {
        id: MARKINGS.green,
        spec_version: '2.1',
        definition_type: 'TLP:GREEN',
        name: 'TLP:GREEN',
        created: toTime(3),
      },
      { id: MARKINGS.red, spec_version: '2.1', name: 'tlp:red' },
    ];
    const before = await Promise.all(spellings.map(({ id }) => textOf(hub, id)));
    for (const spelling of spellings) {
      const object = { type: 'marking-definition', created: '2017-01-20T00:00:00.000Z', ...spelling };
      for (const user of ['microsoft', 'dhs'] as const) {
        for (const to of ['intake', 'private']) {
          assert.equal(
            await hub.sendOne(user, object, { to }),
            'success: already held',
            JSON.stringify(spelling),
          );
        }
      }
    }
    assert.deepEqual(await Promise.all(spellings.map(({ id }) => textOf(hub, id))), before);
    assert.equal(before.includes(undefined), false);
  });

  test('a TLP marking of another level, or of none, is refused for everybody', async () => {
    await using hub = await startTestHub();
    const base = { type: 'marking-definition', spec_version: '2.1', created: toTime(0) };
    const wrong = [
      { ...base, id: MARKINGS.red, name: 'TLP:CLEAR' },
      { ...base, id: MARKINGS.red1, definition_type: 'tlp', definition: { tlp: 'white' } },
      { ...base, id: MARKINGS.red1, name: 'TLP:RED', definition_type: 'tlp', definition: { tlp: 'green' } },
      { ...base, id: MARKINGS.white, name: 'TLP:RED' },
      { ...base, id: MARKINGS.red, definition_type: 'statement', definition: { statement: 'x' } },
      { ...base, id: `marking-definition--${MARKINGS.red.slice(20).toUpperCase()}`, name: 'TLP:CLEAR' },
    ];
    for (const object of wrong) {
      for (const user of ['microsoft', 'dhs'] as const) {
        assert.match(await hub.sendOne(user, object), /^failure: this id stands for TLP:\w+ alone$/);
      }
    }
  });

  test('the other fixed objects are a success for anybody as they are, and change for nobody', async () => {
    await using hub = await startTestHub();
    const file = readFileSync(join(findPackageRoot(), 'schemas', 'fixed-objects.json'));
    const [sender, intake] = await hub.writable('microsoft', 'intake');
    const { outcomes } = await hub.submissions.submit(sender, intake, file, { defaults: {} });
    assert.deepEqual(
      [...new Set(outcomes.map(({ result, message }) => `${result}: ${message}`))],
      ['success: already held'],
    );
    const changed = {
      type: 'identity',
      spec_version: '2.1',
      id: FIXED_IDENTITY,
      created: toTime(0),
      modified: '2030-01-01T00:00:00.000Z',
      name: 'x',
    };
    assert.equal(await hub.sendOne('dhs', changed), 'failure: this object is built in and does not change');
    assert.equal(
      await hub.sendOne('microsoft', changed),
      'failure: this id cannot be used by your organisation',
    );
  });
});

describe('what intake and as-posted collections take (design, 3; release rules, 1)', () => {
  test('intake refuses STIX 2.0, object by object', async () => {
    await using hub = await startTestHub();
    const { spec_version: _, ...old } = campaign(1, EVERYWHERE);
    const outcomes = await hub.send('facebook', [
      old,
      campaign(2, EVERYWHERE),
      { ...campaign(3), spec_version: '2.0' },
    ]);
    assert.deepEqual(
      outcomes.map(({ result }) => result),
      ['failure', 'success', 'failure'],
    );
    const reasons = [
      '/spec_version: is missing: expected "2.1" (without it an object is STIX 2.0)',
      '',
      '/spec_version: expected "2.1", found "2.0"',
    ];
    for (const index of [0, 2]) {
      assert.equal(outcomes[index]?.message, reasons[index]);
    }
  });

  test('an as-posted collection is a space of its own: what is held elsewhere under an id does not matter', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, { ...marked('clear', 'federal'), name: 'hidden' }));
    assert.equal(
      await hub.sendOne('dhs', campaign(1, marked('clear')), { to: 'reference' }),
      'success: undefined',
    );
    assert.equal(
      await hub.sendOne('microsoft', campaign(1, marked('clear'), 1), { to: 'reference' }),
      'success: undefined',
    );
    assert.equal(
      await hub.sendOne('twitter', campaign(1, marked('clear'), 1), { to: 'reference' }),
      'success: already held',
    );
    assert.equal((await hub.show('reference', ONE)).length, 2);
    assert.doesNotMatch((await hub.show('federal', ONE)).map(({ text }) => text).join(), /Campaign 1/);
  });

  test('an as-posted collection refuses what is above its level, also on a part and in either case of the id', async () => {
    await using hub = await startTestHub();
    const upper = `marking-definition--${MARKINGS.red.slice(20).toUpperCase()}`;
    const parts = { granular_markings: [{ marking_ref: MARKINGS.amber, selectors: ['name'] }] };
    for (const rest of [marked('red'), marked('amber', 'all'), parts, { object_marking_refs: [upper] }]) {
      assert.match(
        await hub.sendOne('dhs', campaign(1, rest), { to: 'reference' }),
        /^failure: TLP:\w+ is above what/,
      );
    }
    assert.equal((await hub.show('reference')).length, 0);
  });
});
