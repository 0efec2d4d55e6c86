import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FIXED_IDENTITY } from '../../server/release/world.ts';
import { campaign, identity, marked, toTime } from '../support/marked-objects.ts';
import { toStixId } from '../support/publications.ts';
import { IDENTITIES, startTestHub, type HubUser, type TestHub } from '../support/test-hub.ts';

/** To the letter: it is what everybody hears whose id it is not. */
const NEUTRAL = 'this id cannot be used by your organisation';
const REFUSED = `failure: ${NEUTRAL}`;
const STRANGER = toStixId('identity', 99);
const EVERYWHERE = marked('green', 'all');

async function ownerOf(hub: TestHub, id: string): Promise<string | undefined> {
  return hub.store.view(async (section) => (await section.heldObjects([id])).get(id)?.owner);
}

describe('who may send a first version (release rules, 1)', () => {
  test('without a creator, by its own identity or by one that nobody registered, anybody may, and owns it', async () => {
    await using hub = await startTestHub();
    const creators = [undefined, IDENTITIES.facebook, STRANGER];
    for (const [n, creator] of creators.entries()) {
      const object = campaign(n, {
        ...EVERYWHERE,
        ...(creator === undefined ? {} : { created_by_ref: creator }),
      });
      assert.match(await hub.sendOne('facebook', object), /^success: shown in /);
      assert.equal(await ownerOf(hub, object.id), 'facebook');
    }
  });

  test('by an identity that another organisation, the hub or the product has, nobody outside the hub may', async () => {
    await using hub = await startTestHub();
    const deployment = await hub.store.ensureDeployment({
      secret: new Uint8Array(32),
      hubIdentity: STRANGER,
    });
    const creators = [IDENTITIES.microsoft, IDENTITIES.dhs, deployment.hubIdentity, FIXED_IDENTITY];
    for (const creator of creators) {
      for (const written of [creator, `identity--${creator.slice(10).toUpperCase()}`]) {
        const object = campaign(1, { created_by_ref: written });
        assert.equal(await hub.sendOne('facebook', object), REFUSED, written);
      }
    }
    assert.equal(await ownerOf(hub, campaign(1).id), undefined);
  });

  test('an identity that was registered in capital letters is the same identity (RFC 4122, 3)', async () => {
    await using hub = await startTestHub();
    const mixed = 'identity--ABCDEF00-0000-4000-8000-000000000001';
    await hub.store.addOrganisation({
      id: 'cisa',
      name: 'CISA',
      audience: 'federal',
      hub: false,
      identity: mixed,
    });
    for (const creator of [mixed, mixed.toLowerCase()]) {
      assert.equal(await hub.sendOne('facebook', campaign(1, { created_by_ref: creator })), REFUSED);
    }
    await hub.sendOne('dhs', campaign(2, { created_by_ref: mixed.toLowerCase() }));
    assert.equal(await ownerOf(hub, campaign(2).id), 'cisa');
  });

  test('a hub analyst may for anybody, and the organisation that registered the creator is the owner', async () => {
    await using hub = await startTestHub();
    const creators = [
      [IDENTITIES.microsoft, 'microsoft'],
      [IDENTITIES.fbi, 'fbi'],
      [STRANGER, 'dhs'],
      [undefined, 'dhs'],
      [FIXED_IDENTITY, 'hub'],
    ] as const;
    for (const [n, [creator, owner]] of creators.entries()) {
      const object = campaign(n, creator === undefined ? {} : { created_by_ref: creator });
      assert.match(await hub.sendOne('dhs', object), /^success/);
      assert.equal(await ownerOf(hub, object.id), owner);
    }
  });

  test('in an organisation that runs the hub only an analyst may for others', async () => {
    await using hub = await startTestHub();
    assert.equal(await hub.sendOne('dhs-partner', campaign(1, { created_by_ref: IDENTITIES.fbi })), REFUSED);
    assert.match(
      await hub.sendOne('dhs-partner', campaign(1, { created_by_ref: IDENTITIES.dhs })),
      /^success/,
    );
  });

  test('the object of a registered identity belongs to its organisation, whoever sends or is said to have made it', async () => {
    await using hub = await startTestHub();
    assert.equal(await hub.sendOne('facebook', identity(IDENTITIES.microsoft)), REFUSED);
    assert.equal(
      await hub.sendOne('facebook', identity(IDENTITIES.facebook, { created_by_ref: IDENTITIES.microsoft })),
      REFUSED,
    );
    assert.match(
      await hub.sendOne('dhs', identity(IDENTITIES.microsoft, { created_by_ref: IDENTITIES.dhs })),
      /^success/,
    );
    assert.equal(await ownerOf(hub, IDENTITIES.microsoft), 'microsoft');
    assert.match(await hub.sendOne('microsoft', identity(IDENTITIES.microsoft, {}, 1)), /^success/);
    assert.match(await hub.sendOne('facebook', identity(IDENTITIES.facebook)), /^success/);
    assert.match(await hub.sendOne('twitter', identity(STRANGER)), /^success/);
    assert.equal(await ownerOf(hub, STRANGER), 'twitter');
  });
});

describe('who may send other versions (release rules, 1)', () => {
  test('the owner and a hub analyst may, also a revocation and a version before the first; the owner stays', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, EVERYWHERE, 5));
    assert.match(await hub.sendOne('facebook', campaign(1, EVERYWHERE, 6)), /^success/);
    assert.match(await hub.sendOne('dhs', campaign(1, EVERYWHERE, 7)), /^success/);
    assert.match(await hub.sendOne('facebook', campaign(1, EVERYWHERE, 2)), /^success/);
    assert.match(await hub.sendOne('dhs', campaign(1, { ...EVERYWHERE, revoked: true }, 8)), /^success/);
    assert.equal(await ownerOf(hub, campaign(1).id), 'facebook');
    const versions = (await hub.show('private', campaign(1).id)).map(
      ({ text }) => /"modified":"([^"]+)"/.exec(text)?.[1],
    );
    assert.deepEqual(versions.sort(), [2, 5, 6, 7, 8].map(toTime));
  });

  test('others may not, and a next version that names them as creator does not make it theirs', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, EVERYWHERE));
    for (const user of ['microsoft', 'fbi', 'twitter', 'dhs-partner'] as const) {
      assert.equal(await hub.sendOne(user, campaign(1, EVERYWHERE, 1)), REFUSED, user);
      assert.equal(await hub.sendOne(user, campaign(1, { ...EVERYWHERE, revoked: true }, 2)), REFUSED, user);
    }
    const stolen = campaign(1, { ...EVERYWHERE, created_by_ref: IDENTITIES.microsoft }, 1);
    assert.equal(await hub.sendOne('microsoft', stolen), REFUSED);
    assert.match(await hub.sendOne('facebook', stolen), /^success/);
    assert.equal(await hub.sendOne('microsoft', campaign(1, EVERYWHERE, 2)), REFUSED);
  });

  test('two organisations in one race: who comes first owns it, also inside one upload', async () => {
    await using hub = await startTestHub();
    const answers = await Promise.all([
      hub.sendOne('facebook', campaign(1, { ...EVERYWHERE, name: 'A' })),
      hub.sendOne('microsoft', campaign(1, { ...EVERYWHERE, name: 'B' })),
    ]);
    // Which of them comes first is up to the store.
    assert.deepEqual(answers.map((answer) => answer === REFUSED).toSorted(), [false, true]);
    assert.ok(answers.some((answer) => answer.startsWith('success')));
    const twice = await hub.send('facebook', [
      campaign(2),
      campaign(2, { name: 'other' }),
      campaign(2, {}, 1),
    ]);
    assert.deepEqual(
      twice.map(({ result }) => result),
      ['success', 'failure', 'success'],
    );
  });
});

describe('one neutral sentence (release rules, 1)', () => {
  /** Everything that facebook's hidden object is asked about, and that an object that is not held is not. */
  async function answersOf(
    user: HubUser,
    prepare: (hub: TestHub) => Promise<unknown>,
  ): Promise<readonly string[]> {
    await using hub = await startTestHub();
    await prepare(hub);
    const hidden = marked('green', 'federal');
    return [
      await hub.sendOne(user, campaign(1, hidden)),
      await hub.sendOne(user, campaign(1, { ...hidden, name: 'Another' })),
      await hub.sendOne(user, campaign(1, hidden, 1)),
      await hub.sendOne(user, campaign(1, { ...hidden, revoked: true }, 2)),
      await hub.sendOne(user, campaign(1, { ...hidden, created_by_ref: IDENTITIES.dhs }, 3)),
    ];
  }

  test('every non-owner gets the same sentence, whether the version exists or not and whatever its content is', async () => {
    const answers = await answersOf('microsoft', (hub) =>
      hub.sendOne('facebook', campaign(1, marked('green', 'federal'))),
    );
    assert.deepEqual(new Set(answers), new Set([REFUSED]));
  });

  test('the sentence is the same for a creator that somebody registered, for an object of others and for a built-in one', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, marked('green', 'federal')));
    const built = identity(FIXED_IDENTITY, { name: 'Mine' }, 9);
    const answers = [
      await hub.sendOne('microsoft', campaign(7, { created_by_ref: IDENTITIES.facebook })),
      await hub.sendOne('microsoft', campaign(1)),
      await hub.sendOne('microsoft', identity(IDENTITIES.facebook)),
      await hub.sendOne('microsoft', built),
    ];
    assert.deepEqual(answers, [REFUSED, REFUSED, REFUSED, REFUSED]);
    assert.doesNotMatch(NEUTRAL, /held|exist|owner|facebook/);
  });
});

describe('the same version again (release rules, 1; design, invariant 4)', () => {
  test('with the same content by somebody who may read it somewhere is a success that changes nothing', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, EVERYWHERE));
    const before = await hub.show('private');
    hub.clock.advance(1_000_000);
    for (const user of ['microsoft', 'fbi'] as const) {
      assert.equal(await hub.sendOne(user, campaign(1, EVERYWHERE)), 'success: already held');
    }
    assert.match(await hub.sendOne('facebook', campaign(1, EVERYWHERE)), /^success: already held; shown in /);
    assert.deepEqual(await hub.show('private'), before);
  });

  test('by somebody who may not read it is refused, and so is other content by somebody who may', async () => {
    await using hub = await startTestHub();
    const hidden = marked('green', 'federal');
    await hub.sendOne('facebook', campaign(1, hidden));
    assert.equal(await hub.sendOne('microsoft', campaign(1, hidden)), REFUSED);
    assert.equal(await hub.sendOne('fbi', campaign(1, hidden)), 'success: already held');
    assert.equal(await hub.sendOne('fbi', campaign(1, { ...hidden, name: 'Another' })), REFUSED);
  });

  test('of a version that is no longer shown to them nobody else hears a success', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, EVERYWHERE));
    await hub.remove('dhs', 'federal', campaign(1).id);
    assert.equal(await hub.sendOne('fbi', campaign(1, EVERYWHERE)), REFUSED);
    assert.equal(await hub.sendOne('microsoft', campaign(1, EVERYWHERE)), 'success: already held');
  });

  test('with members in another order and other blanks it is the same content', async () => {
    await using hub = await startTestHub();
    const { type, id, ...rest } = campaign(1, EVERYWHERE);
    await hub.sendOne('facebook', { type, id, ...rest });
    assert.match(await hub.sendOne('facebook', { ...rest, id, type }), /^success: already held/);
    const [sender, intake] = await hub.writable('facebook', 'intake');
    const spaced = Buffer.from(JSON.stringify({ objects: [{ type, id, ...rest }] }, undefined, 3));
    const { outcomes } = await hub.submissions.submit(sender, intake, spaced, { defaults: {} });
    assert.match(outcomes[0]?.message ?? '', /^already held/);
    assert.equal(
      (await hub.show('private', id))[0]?.text,
      JSON.stringify({ type, id, ...rest }),
      'the first text stays',
    );
  });

  test('with other content by its owner or the hub is a failure that says so and changes nothing', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', campaign(1, EVERYWHERE));
    const before = await hub.show('private');
    for (const user of ['facebook', 'dhs'] as const) {
      assert.equal(
        await hub.sendOne(user, campaign(1, { ...EVERYWHERE, name: 'Another' })),
        `failure: version ${toTime(0)} is held already with other content: send a new version with a later modified`,
      );
    }
    assert.deepEqual(await hub.show('private'), before);
  });

  test('defaults are kept with the version: sent again with others nothing changes, and the status says so', async () => {
    await using hub = await startTestHub();
    const first = { defaults: { tlp: 'green', audiences: ['federal', 'private'] } } as const;
    assert.match(
      await hub.sendOne('facebook', campaign(1), first),
      /^success: shown in (federal, private|private, federal)/,
    );
    const other = { defaults: { tlp: 'clear', audiences: ['federal', 'state', 'private'] } } as const;
    const again = await hub.sendOne('facebook', campaign(1), other);
    assert.match(
      again,
      /^success: already held; what was said for it when it first came still counts; shown in /,
    );
    assert.equal(await hub.whereShown(campaign(1).id), 'federal private');
    assert.match(await hub.sendOne('facebook', campaign(1), first), /^success: already held; shown in /);
    assert.match(await hub.sendOne('facebook', campaign(1, {}, 1), other), /^success: shown in /);
    assert.equal((await hub.show('public', campaign(1).id)).length, 1);
  });
});

describe('an id is of one nature (release rules, 1)', () => {
  const thing = { type: 'x-thing', spec_version: '2.1', id: toStixId('x-thing', 1), value: 1, ...EVERYWHERE };
  const times = { created: toTime(0), modified: toTime(0) };

  test('a custom object without times cannot get in as a copy among the versions of its owner', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', { ...thing, ...times });
    assert.equal(await hub.sendOne('microsoft', thing), REFUSED);
    assert.match(
      await hub.sendOne('facebook', thing),
      /^failure: this id is held already, as an observable or/,
    );
    assert.equal((await hub.show('private', thing.id)).length, 1);
  });

  test('a custom object with times cannot take the id of what others sent as an observable', async () => {
    await using hub = await startTestHub();
    await hub.sendOne('facebook', thing);
    assert.equal(await hub.sendOne('microsoft', { ...thing, ...times }), REFUSED);
    assert.match(await hub.sendOne('dhs', { ...thing, ...times }), /^failure: this id is held already/);
    assert.match(await hub.sendOne('microsoft', thing), /^success/);
  });
});
