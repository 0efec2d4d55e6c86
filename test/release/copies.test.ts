import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { campaign, domain, marked, MARKINGS, relationship } from '../support/marked-objects.ts';
import { GRACE_MICROS, startTestHub, type TestHub } from '../support/test-hub.ts';

const EVERYWHERE = marked('green', 'all');
const SHOWN =
  'shown in state, federal, private; withheld from public: its TLP level is above what this collection takes';
const SECRET = marked('amber', 'federal');

describe('observables belong to nobody (release rules, 1)', () => {
  test('each organisation has a copy with its own markings, and the earliest that may be shown is shown', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('fbi', domain(1, { ...SECRET, x_note: 'fbi' }));
    await hub.sendOne('facebook', domain(1, { ...EVERYWHERE, x_note: 'facebook' }));
    await hub.sendOne('microsoft', domain(1, { ...EVERYWHERE, x_note: 'microsoft' }));
    const noteIn = async (alias: string): Promise<readonly (string | undefined)[]> =>
      (await hub.show(alias, domain(1).id)).map(({ text }) => /"x_note":"(\w+)"/.exec(text)?.[1]);
    assert.deepEqual(
      [await noteIn('federal'), await noteIn('private'), await noteIn('public')],
      [['fbi'], ['facebook'], []],
    );
  });

  test('the same copy again changes nothing, not its date_added either', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', domain(1, EVERYWHERE));
    const before = await hub.show('private', domain(1).id);
    hub.clock.advance(5_000_000);
    assert.match(await hub.sendOne('facebook', domain(1, EVERYWHERE)), /^success: already held; shown in /);
    assert.match(await hub.sendOne('microsoft', domain(1, EVERYWHERE)), /^success: shown in /);
    assert.deepEqual(await hub.show('private', domain(1).id), before);
  });

  test('a changed copy takes the place and the rank of the earlier one, and has a new date_added', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', domain(1, EVERYWHERE));
    hub.clock.advance(1_000_000);
    await hub.sendOne('microsoft', domain(1, { ...EVERYWHERE, x_note: 'microsoft' }));
    const [before] = await hub.show('private', domain(1).id);
    hub.clock.advance(1_000_000);
    assert.match(
      await hub.sendOne('facebook', domain(1, { ...EVERYWHERE, x_note: 'new' })),
      /^success: shown in /,
    );
    const [after, ...more] = await hub.show('private', domain(1).id);
    assert.ok(before && after && more.length === 0);
    assert.match(after.text, /"x_note":"new"/);
    assert.ok(after.dateAdded > before.dateAdded + 1_000_000);
  });

  test('a changed copy that is narrower leaves the collection to the next copy', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', domain(1, { ...EVERYWHERE, x_note: 'facebook' }));
    await hub.sendOne('microsoft', domain(1, { ...EVERYWHERE, x_note: 'microsoft' }));
    await hub.sendOne('facebook', domain(1, { ...SECRET, x_note: 'facebook' }));
    assert.match((await hub.show('private', domain(1).id))[0]?.text ?? '', /"x_note":"microsoft"/);
    assert.match((await hub.show('federal', domain(1).id))[0]?.text ?? '', /"x_note":"facebook"/);
  });

  test('two copies in one upload: the later counts, and the earlier is a success that was replaced', async () => {
    await using hub = await startTestHub();
    const outcomes = await hub.send('facebook', [
      domain(1, { ...EVERYWHERE, x_note: 'one' }),
      domain(1, { ...EVERYWHERE, x_note: 'two' }),
      domain(1, { ...EVERYWHERE, x_note: 'two' }),
    ]);
    assert.deepEqual(
      outcomes.map(({ result, message }) => `${result}: ${message}`),
      ['success: replaced by a later copy', `success: ${SHOWN}`, `success: already held; ${SHOWN}`],
    );
    assert.match((await hub.show('private', domain(1).id))[0]?.text ?? '', /"x_note":"two"/);
    const [first, second] = await hub.send('facebook', [
      domain(1, { ...EVERYWHERE, x_note: 'two' }),
      domain(1, { ...EVERYWHERE, x_note: 'three' }),
    ]);
    assert.deepEqual([first?.message, second?.result], ['replaced by a later copy', 'success']);
    assert.match((await hub.show('private', domain(1).id))[0]?.text ?? '', /"x_note":"three"/);
  });

  test('an organisation may DELETE its own copy, a hub analyst any, and others none (release rules, 1)', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', domain(1, EVERYWHERE));
    await assert.rejects(hub.remove('microsoft', 'private', domain(1).id), { code: 'access.denied' });
    await hub.remove('facebook', 'private', domain(1).id);
    assert.equal(await hub.whereShown(domain(1).id), 'federal state');
    await hub.remove('dhs', 'state', domain(1).id);
    assert.equal(await hub.whereShown(domain(1).id), 'federal');
    await assert.rejects(hub.remove('facebook', 'state', domain(1).id), { code: 'object.not-found' });
  });
});

/** Everything that microsoft can ask about a domain name and hear in return. */
async function ask(hub: TestHub): Promise<readonly unknown[]> {
  const heard: unknown[] = [];
  const note = async (work: Promise<unknown>): Promise<void> => {
    heard.push(await work.catch((error: unknown) => String(error)));
  };
  await hub.sendOne('microsoft', campaign(50, EVERYWHERE));
  const pair = relationship(60, campaign(50).id, domain(1).id, EVERYWHERE);
  const submission = await hub.submit('microsoft', [pair]);
  heard.push(submission.outcomes);
  heard.push(await hub.show('private', pair.id));
  await note(hub.remove('microsoft', 'private', pair.id));
  hub.clock.advance(2 * GRACE_MICROS);
  await hub.followUp.decideDue();
  heard.push((await hub.followUp.refresh(submission)).outcomes, (await hub.show('private', pair.id)).length);
  await note(hub.remove('microsoft', 'private', domain(1).id));
  await note(hub.sendOne('microsoft', domain(1, { ...marked('green', 'private'), x_note: 'guess' })));
  heard.push((await hub.show('private', domain(1).id)).map(({ text }) => text));
  await note(hub.sendOne('microsoft', domain(1, { ...marked('green', 'private'), x_note: 'guess' })));
  await note(hub.sendOne('microsoft', domain(1, { ...marked('green', 'private'), x_note: 'other' })));
  await note(hub.sendOne('microsoft', relationship(61, campaign(50).id, domain(1).id, EVERYWHERE)));
  await note(hub.sendOne('microsoft', { ...domain(1), created: 'x' }));
  heard.push((await hub.show('private')).map(({ text }) => text));
  return heard;
}

/** Handles count what the store holds and are told to nobody. */
function withoutHandles(heard: readonly unknown[]): readonly string[] {
  return heard.map((each) =>
    JSON.stringify(each, (name, value: unknown) => (name === 'handle' ? undefined : value)),
  );
}

describe('a guess at an observable of others learns nothing (release rules, 1 and 6)', () => {
  test('who posts an observable that others hide, or refers to it, hears what it would if it had never been held', async () => {
    await using unknown = await startTestHub();
    const wanted = withoutHandles(await ask(unknown));
    const holders: readonly ((hub: TestHub) => Promise<unknown>)[] = [
      (hub) => hub.sendOne('fbi', domain(1, SECRET)),
      (hub) => hub.sendOne('dhs', domain(1, { object_marking_refs: [MARKINGS.red, MARKINGS.all] })),
      (hub) => hub.sendOne('facebook', domain(1, { ...EVERYWHERE }), { notBefore: hub.clock.now() * 2 }),
      async (hub) => {
        await hub.sendOne('facebook', domain(1, marked('green', 'private')));
        await hub.remove('facebook', 'private', domain(1).id);
      },
      (hub) => hub.sendOne('dhs', domain(1, marked('green', 'federal')), { to: 'federal' }),
    ];
    for (const [index, hold] of holders.entries()) {
      await using hub = await startTestHub();
      await hold(hub);
      assert.deepEqual(dropDates(withoutHandles(await ask(hub))), dropDates(wanted), `holder ${index}`);
    }
  });

  test('the copy of the own organisation is what a reference is judged by, and of the hub any copy', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', domain(1, EVERYWHERE));
    await hub.sendOne('microsoft', domain(1, marked('green', 'private')));
    await hub.send('microsoft', [
      campaign(50, EVERYWHERE),
      relationship(60, campaign(50).id, domain(1).id, EVERYWHERE),
    ]);
    assert.equal(await hub.whereShown(relationship(60, '', '').id), 'federal private');
    await hub.send('dhs', [
      campaign(51, EVERYWHERE),
      relationship(61, campaign(51).id, domain(1).id, EVERYWHERE),
    ]);
    assert.equal(await hub.whereShown(relationship(61, '', '').id), 'federal private state');
  });
});

/** Ticks are unique in a deployment, so that one more commit shifts them by microseconds. */
function dropDates(heard: readonly string[]): readonly string[] {
  return heard.map((each) => each.replaceAll(/"dateAdded":\d+/g, '"dateAdded":0'));
}
