import { VALIDATOR } from '../support/stix-validator.ts';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../server/domain/errors.ts';
import { createFollowUp } from '../../server/domain/follow-up.ts';
import { createSubmissionService } from '../../server/domain/submit.ts';
import type { Store } from '../../server/storage/port.ts';
import { createFakeIds } from '../support/fake-ids.ts';
import { campaign, domain, marked, relationship } from '../support/marked-objects.ts';
import { makeTestDatabase } from '../support/test-database.ts';
import { GRACE_MICROS, startTestHub, type TestHub } from '../support/test-hub.ts';

const EVERYWHERE = marked('green', 'all');

/** A store whose next writes of decisions fail, as they do when another process has the database. */
function failing(): {
  readonly wrap: (store: Store) => Store;
  fail: (times: number, code?: 'internal') => void;
} {
  let left = 0;
  let code: 'storage.unavailable' | 'internal' = 'storage.unavailable';
  return {
    fail(times, other) {
      left = times;
      code = other ?? 'storage.unavailable';
    },
    wrap: (store) => ({
      ...store,
      async write(work) {
        if (left === 0) return store.write(work);
        left -= 1;
        throw new AppError(code);
      },
    }),
  };
}

describe('a submission that was saved (design, invariant 3)', () => {
  test('is carried out later when it could not be at once, and until then all its objects are pending', async () => {
    const trouble = failing();
    await using hub = await startTestHub(trouble);
    trouble.fail(1);
    const saved = await hub.submit('facebook', [campaign(1, EVERYWHERE), { ...campaign(2), type: 1 }]);
    assert.equal(saved.state, 'received');
    const found = await hub.store.findSubmission(saved.id);
    assert.ok(found);
    for (const { outcomes } of [saved, await hub.followUp.refresh(found)]) {
      assert.deepEqual(
        outcomes.map(({ id, result }) => [id, result]),
        [
          [campaign(1).id, 'pending'],
          [campaign(2).id, 'pending'],
        ],
      );
    }
    assert.equal(await hub.whereShown(campaign(1).id), '');
    trouble.fail(1);
    await assert.rejects(hub.submissions.resume(), { code: 'storage.unavailable' });
    assert.equal((await hub.store.openIntents(10)).length, 1, 'it is still there');
    assert.equal(await hub.submissions.resume(), 1);
    assert.equal(await hub.whereShown(campaign(1).id), 'federal private state');
    const done = await hub.followUp.refresh(saved);
    assert.deepEqual(
      done.outcomes.map(({ result }) => result),
      ['success', 'failure'],
    );
    assert.equal(await hub.submissions.resume(), 0);
  });

  test('whose user was disabled meanwhile ends as failures, and nothing is published', async () => {
    const trouble = failing();
    await using hub = await startTestHub(trouble);
    trouble.fail(1);
    const saved = await hub.submit('facebook', [campaign(1, EVERYWHERE), domain(2, EVERYWHERE)]);
    await hub.store.disableUser('facebook');
    await hub.submissions.resume();
    const ended = await hub.store.findSubmission(saved.id);
    assert.equal(ended?.state, 'complete');
    assert.deepEqual(
      ended.outcomes.map(({ id, result, message }) => [id, result, message]),
      [campaign(1).id, domain(2).id].map((id) => [
        id,
        'failure',
        'it could not be carried out: The user "facebook" is disabled.',
      ]),
    );
    assert.equal(await hub.whereShown(campaign(1).id), '');
    assert.deepEqual(await hub.store.openIntents(10), []);
  });

  test('that cannot be carried out does not hold up the others', async () => {
    const trouble = failing();
    await using hub = await startTestHub(trouble);
    const saved: string[] = [];
    for (const n of [1, 2, 3]) {
      trouble.fail(1);
      saved.push((await hub.submit('facebook', [campaign(n, EVERYWHERE)])).id);
    }
    trouble.fail(1, 'internal');
    await assert.rejects(hub.submissions.resume(), { code: 'internal' });
    assert.deepEqual(await hub.store.openIntents(10), [saved[0]]);
    assert.equal(await hub.submissions.resume(), 1);
    assert.equal((await hub.show('private')).filter(({ id }) => id.startsWith('campaign--')).length, 3);
  });

  test('under a depth that is no longer taken is carried out all the same, and holds nothing up', async () => {
    const trouble = failing();
    await using hub = await startTestHub(trouble);
    const deep = JSON.parse(`${'['.repeat(60)}1${']'.repeat(60)}`) as unknown;
    trouble.fail(2);
    await hub.submit('facebook', [campaign(1, { ...EVERYWHERE, x_deep: deep })]);
    await hub.submit('facebook', [campaign(2, EVERYWHERE)]);
    const { hubIdentity } = await hub.store.ensureDeployment({ secret: new Uint8Array(32), hubIdentity: '' });
    const context = { store: hub.store, clock: hub.clock, hubIdentity, referenceGraceMs: 1000 };
    const stricter = createSubmissionService({
      ...context,
      ids: createFakeIds(5),
      validator: VALIDATOR,
      limits: { maxDepth: 10 },
      fixedIds: new Set(),
    });
    assert.equal(await stricter.resume(), 2);
    assert.equal((await hub.show('private')).filter(({ id }) => id.startsWith('campaign--')).length, 2);
    assert.equal(await createFollowUp(context).decideDue(), 0);
  });

  test('that cannot be read any more ends without objects, and until then holds up no other', async () => {
    await using hub = await startTestHub();
    const [{ user, org }, intake] = await hub.writable('facebook', 'intake');
    const intent = {
      ...{ user, org, collection: intake.id, receivedAt: hub.clock.now(), sha256: '0'.repeat(64) },
      defaults: {},
    };
    const body = Buffer.from(JSON.stringify({ objects: [campaign(1, EVERYWHERE)] }));
    await hub.store.saveIntent({
      ...intent,
      id: '00000000-0000-4000-8000-000000000001',
      body: Buffer.from('{'),
    });
    await hub.store.saveIntent({ ...intent, id: '00000000-0000-4000-8000-000000000002', body });
    for (let pass = 1; pass < 5; pass += 1) {
      await assert.rejects(hub.submissions.resume(), { code: 'body.not-json' });
      assert.notEqual(await hub.whereShown(campaign(1).id), '');
    }
    await hub.submissions.resume();
    const ended = await hub.store.findSubmission('00000000-0000-4000-8000-000000000001');
    assert.deepEqual([ended?.state, ended?.outcomes], ['complete', []]);
    assert.equal(await hub.submissions.resume(), 0);
  });

  test('what is wrong with the whole body is said before anything is saved', async () => {
    await using hub = await startTestHub();
    const [sender, intake] = await hub.writable('facebook', 'intake');
    for (const [body, code] of [
      ['{', 'body.not-json'],
      ['{"objects":[]}', 'body.not-an-envelope'],
      [`{"objects":[${'['.repeat(200)}${']'.repeat(200)}]}`, 'body.too-deep'],
    ] as const) {
      await assert.rejects(hub.submissions.submit(sender, intake, Buffer.from(body), { defaults: {} }), {
        code,
      });
    }
    assert.deepEqual(await hub.store.openIntents(10), []);
  });
});

describe('two processes over one database (design, invariants 2 and 3)', () => {
  async function withTwo(
    work: (first: TestHub, second: TestHub, fail: (times: number) => void) => Promise<void>,
  ): Promise<void> {
    await using database = await makeTestDatabase();
    const trouble = failing();
    await using first = await startTestHub({ database, ...trouble });
    await using second = await startTestHub({ database, isSecond: true });
    await work(first, second, trouble.fail);
  }

  test('a saved submission is carried out once, whoever resumes it and however often', async () => {
    await withTwo(async (first, second, fail) => {
      for (const n of [1, 2, 3]) {
        fail(1);
        assert.equal(
          (await first.submit('facebook', [domain(n, EVERYWHERE), campaign(n, EVERYWHERE)])).state,
          'received',
        );
      }
      await Promise.all([first, second, first, second].map((hub) => hub.submissions.resume()));
      for (const n of [1, 2, 3]) {
        assert.equal((await second.show('private', campaign(n).id)).length, 1);
        assert.equal((await first.show('private', domain(n).id)).length, 1);
      }
      const handles = await first.store.view(async (section) => {
        const held = await section.heldObjects([1, 2, 3].map((n) => domain(n).id));
        return [...held.values()].map(({ versions }) => versions.length);
      });
      assert.deepEqual(handles, [1, 1, 1]);
      assert.deepEqual(await second.store.openIntents(10), []);
    });
  });

  test('what one has carried out the other does not end as failures', async () => {
    await withTwo(async (first, second, fail) => {
      fail(1);
      const saved = await first.submit('facebook', [
        relationship(1, campaign(8).id, campaign(9).id, EVERYWHERE),
      ]);
      const lost = new AppError('input.invalid', { detail: 'The user is disabled.' });
      let isFirst = true;
      // While the first finds that it cannot be carried out, the second does it.
      const late: Store = {
        ...first.store,
        async write(work) {
          if (!isFirst) return first.store.write(work);
          isFirst = false;
          await second.submissions.resume();
          throw lost;
        },
      };
      const { hubIdentity } = await first.store.ensureDeployment({
        secret: new Uint8Array(32),
        hubIdentity: '',
      });
      await createSubmissionService({
        store: late,
        clock: first.clock,
        ids: createFakeIds(9),
        hubIdentity,
        referenceGraceMs: GRACE_MICROS / 1000,
        validator: VALIDATOR,
        limits: { maxDepth: 100 },
        fixedIds: new Set(),
      }).resume();
      const ended = await second.store.findSubmission(saved.id);
      assert.deepEqual([isFirst, ended?.state, ended?.outcomes[0]?.result], [false, 'open', 'pending']);
    });
  });
});

describe('what a status says (release rules, 3: status)', () => {
  test('success, failure and pending are told with the collections by name and the reasons', async () => {
    await using hub = await startTestHub();
    const pair = relationship(1, campaign(1).id, campaign(9).id, EVERYWHERE);
    const [shown, withheld, waiting, supporting] = await hub.send('facebook', [
      campaign(1, marked('clear', 'all')),
      campaign(2, marked('red')),
      pair,
      {
        ...campaign(3),
        type: 'identity',
        id: 'identity--00000000-0000-4000-8000-000000000077',
        identity_class: 'group',
      },
    ]);
    assert.deepEqual(
      [shown?.result, shown?.message],
      ['success', 'shown in state, public, federal, private'],
    );
    assert.equal(withheld?.result, 'failure');
    for (const alias of ['federal', 'state', 'private', 'public']) {
      assert.match(withheld.message ?? '', new RegExp(`withheld from ${alias}: its TLP level is above`));
    }
    assert.equal(waiting?.result, 'pending');
    assert.match(
      waiting.message ?? '',
      new RegExp(`^waits for state: it refers to what has not arrived \\(${campaign(9).id}\\); `),
    );
    assert.deepEqual(
      [supporting?.result, supporting?.message],
      ['success', 'it comes into a collection with what names it there'],
    );
  });

  test('a version that gave way to a later, tighter one is a success, and the later a success where it is shown', async () => {
    await using hub = await startTestHub();
    const [earlier, later] = await hub.send('facebook', [
      campaign(1, EVERYWHERE),
      campaign(1, marked('green', 'federal'), 1),
    ]);
    assert.deepEqual([earlier?.result, later?.result], ['success', 'success']);
    assert.match(earlier?.message ?? '', /withheld from private: a later version of it is withheld here/);
  });

  test('what was pending has its end told when it comes, and keeps it', async () => {
    await using hub = await startTestHub();
    const pair = relationship(1, campaign(1).id, campaign(2).id, EVERYWHERE);
    const submission = await hub.submit('facebook', [campaign(1, EVERYWHERE), pair]);
    assert.deepEqual([submission.state, submission.outcomes[1]?.result], ['open', 'pending']);
    await hub.send('facebook', [campaign(2, EVERYWHERE)]);
    const ended = await hub.followUp.refresh(submission);
    assert.deepEqual([ended.state, ended.outcomes[1]?.result], ['complete', 'success']);
    assert.equal((await hub.store.findSubmission(submission.id))?.state, 'complete');
    const forever = await hub.submit('facebook', [
      relationship(2, campaign(1).id, campaign(7).id, EVERYWHERE),
    ]);
    hub.clock.advance(2 * GRACE_MICROS);
    assert.equal((await hub.followUp.refresh(forever)).outcomes[0]?.result, 'success', 'the grace ended');
  });

  test('messages hold no ids but those that the sender wrote', async () => {
    await using hub = await startTestHub();
    await hub.send('fbi', [campaign(1, marked('amber', 'federal')), domain(2, marked('amber', 'federal'))]);
    await hub.sendOne('fbi', relationship(4, campaign(1).id, domain(2).id, marked('amber', 'federal')));
    const objects = [
      relationship(1, campaign(1).id, domain(2).id, EVERYWHERE),
      relationship(2, campaign(9).id, campaign(1).id, EVERYWHERE),
      { ...campaign(1), name: 'guess' },
      domain(2, EVERYWHERE),
      { ...campaign(5), granular_markings: [{ marking_ref: 'x', selectors: ['nothing'] }] },
    ];
    const outcomes = await hub.send('facebook', objects);
    const written = new Set(JSON.stringify(objects).match(/[a-z-]+--[0-9a-f-]{36}/g));
    const told = outcomes.flatMap(({ message }) => message?.match(/[a-z-]+--[0-9a-f-]{36}/g) ?? []);
    assert.ok(told.length > 0);
    for (const id of told) assert.ok(written.has(id), id);
    assert.doesNotMatch(JSON.stringify(outcomes), /fbi/);
  });

  test('a failure names an object by what can be read of it, and is bounded however long its names are', async () => {
    await using hub = await startTestHub();
    const [sender, intake] = await hub.writable('facebook', 'intake');
    const long = 'n'.repeat(100_000);
    const broken = [
      `{"id":"${'😀'.repeat(200)}","created":"then","a":1e99}`,
      `{"id":"x","${long}":[${'"\\ud800",'.repeat(50)}1]}`,
      '{"id":"\\ud83d","modified":"now","created":"then","a":1e99}',
      '7',
    ];
    const body = Buffer.from(`{"objects":[${broken.join(',')}]}`);
    const { outcomes } = await hub.submissions.submit(sender, intake, body, { defaults: {} });
    assert.deepEqual(
      outcomes.map(({ version }) => version),
      ['then', '1970-01-01T00:00:00.000000Z', 'now', '1970-01-01T00:00:00.000000Z'],
    );
    assert.equal(outcomes[3]?.id, 'unknown');
    for (const { id, message = '' } of outcomes) {
      assert.ok(id.isWellFormed() && message.isWellFormed());
      assert.ok(id.length < 310 && message.length < 10_000, String(message.length));
    }
  });
});
