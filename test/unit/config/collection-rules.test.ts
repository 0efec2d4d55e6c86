import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { loadCollections, overlapWarnings } from '../../../server/config/collections.ts';
import { isCovered } from '../../../server/config/grant-cover.ts';
import { inbox, library, makeFolder, states, task, toId, type Files } from './collection-folder.ts';
import { toProblems } from './expect-config-error.ts';

async function findOnlyProblem(t: TestContext, files: Files): Promise<string> {
  const problems = await loadCollections(makeFolder(t, files)).then(() => [], toProblems);
  assert.equal(problems.length, 1, problems.join('\n'));
  return problems[0] ?? '';
}

async function expectToLoad(t: TestContext, files: Files): Promise<void> {
  assert.equal((await loadCollections(makeFolder(t, files))).length, Object.keys(files).length);
}

async function findWarnings(t: TestContext, files: Files): Promise<readonly string[]> {
  return overlapWarnings(await loadCollections(makeFolder(t, files)));
}

describe('collections beside each other', () => {
  test('no two have one id', async (t) => {
    const problem = await findOnlyProblem(t, { a: library, b: { ...inbox, id: library.id } });
    assert.match(problem, /^b\.json: \/id: found .* which a\.json has/);
  });

  test('no two have one alias, even in different API roots', async (t) => {
    const problem = await findOnlyProblem(t, {
      a: library,
      b: { ...inbox, alias: 'library', apiRoot: 'other' },
    });
    assert.match(problem, /^b\.json: \/alias: found library, which a\.json has/);
  });

  test('no two have one title in one API root', async (t) => {
    const problem = await findOnlyProblem(t, { a: library, b: { ...inbox, title: 'Library' } });
    assert.match(problem, /^b\.json: \/title: found Library, which a\.json has/);
    await expectToLoad(t, { a: library, b: { ...inbox, title: 'Library', apiRoot: 'other' } });
  });

  test('there is one intake at most', async (t) => {
    const second = { ...inbox, id: toId(5), alias: 'inbox-2', title: 'Inbox 2' };
    assert.match(
      await findOnlyProblem(t, { a: inbox, b: second }),
      /^b\.json: .*a second intake beside a\.json/,
    );
    await expectToLoad(t, { library });
  });
});

describe('references of a collection', () => {
  test('name collections that are there', async (t) => {
    assert.match(await findOnlyProblem(t, { states }), /found library, wanted the alias of a collection/);
  });

  test('name as-posted collections only', async (t) => {
    const open = { ...task, alias: 'library', read: ['*'] };
    assert.match(await findOnlyProblem(t, { states, open }), /whose policy is recipients, wanted as-posted/);
    assert.match(
      await findOnlyProblem(t, { states: { ...states, references: ['states'] } }),
      /whose policy is audience/,
    );
  });

  test('name collections that every reader may read (release rules, 3)', async (t) => {
    const closed = { ...library, read: ['audience:state', 'role:analyst'] };
    await expectToLoad(t, { states: { ...states, read: ['audience:state', 'hub:analyst'] }, closed });
    const problem = await findOnlyProblem(t, {
      states: { ...states, read: ['audience:state', 'org:nass'] },
      closed,
    });
    assert.match(problem, /^states\.json: \/references: found library, which org:nass may not read/);
    assert.match(
      await findOnlyProblem(t, { states: { ...states, read: ['anonymous'] }, library }),
      /anonymous may not read/,
    );
  });
});

describe('cover of grants', () => {
  test('a grant is covered by itself, by anonymous and, unless it is anonymous, by every signed-in user', () => {
    for (const grant of ['audience:state', 'org:nass', 'user:ann', 'role:analyst', 'hub:analyst', '*']) {
      for (const other of [grant, '*', 'anonymous'])
        assert.equal(isCovered(grant, other), true, `${grant} by ${other}`);
    }
    assert.equal(isCovered('anonymous', 'anonymous'), true);
    assert.equal(isCovered('anonymous', '*'), false);
  });

  test('a role at the hub is covered by that role anywhere, and not the other way round', () => {
    assert.equal(isCovered('hub:analyst', 'role:analyst'), true);
    assert.equal(isCovered('role:analyst', 'hub:analyst'), false);
    assert.equal(isCovered('hub:analyst', 'role:admin'), false);
  });

  test('what depends on the directory covers nothing', () => {
    assert.equal(isCovered('user:ann', 'org:nass'), false);
    assert.equal(isCovered('org:nass', 'audience:state'), false);
    assert.equal(isCovered('*', 'audience:state'), false);
  });
});

describe('policies of a collection', () => {
  test('an intake collection has no readers', async (t) => {
    assert.match(
      await findOnlyProblem(t, { inbox: { ...inbox, read: ['hub:analyst'] } }),
      /\/read: found hub:analyst/,
    );
  });

  test('a public collection shows TLP clear alone', async (t) => {
    for (const maxTlp of ['green', 'amber', 'amber+strict']) {
      const release = { ...states.release, audience: 'public', maxTlp };
      const problem = await findOnlyProblem(t, { library, states: { ...states, release } });
      assert.match(problem, /^states\.json: \/release\/maxTlp: .*wanted clear/);
    }
    const release = { ...states.release, audience: 'public', maxTlp: 'clear' };
    await expectToLoad(t, { library, states: { ...states, release } });
  });

  test('RED enters collections for named recipients and no collection for an audience', async (t) => {
    const release = { ...states.release, maxTlp: 'red' };
    const problem = await findOnlyProblem(t, { library, states: { ...states, release } });
    assert.match(problem, /^states\.json: \/release\/maxTlp: found red, wanted at most amber\+strict/);
    await expectToLoad(t, { task });
  });

  test('only an as-posted collection takes STIX 2.0', async (t) => {
    for (const collection of [inbox, task, { ...states, references: [] }]) {
      for (const stixVersions of [['2.0'], ['2.0', '2.1'], ['2.1', '2.0']]) {
        assert.match(
          await findOnlyProblem(t, { a: { ...collection, stixVersions } }),
          /^a\.json: \/stixVersions: /,
        );
      }
    }
    await expectToLoad(t, { library: { ...library, stixVersions: ['2.0', '2.1'] } });
  });
});

describe('warnings about overlapping grants', () => {
  const first = { ...states, references: [] };
  const second = { ...first, id: toId(6), alias: 'platforms', title: 'Platforms' };

  test('audience collections that one grant may read together are named once, with the grant', async (t) => {
    const warnings = await findWarnings(t, {
      first: { ...first, read: ['audience:state', 'hub:analyst'] },
      second: { ...second, read: ['audience:private', 'hub:analyst'] },
    });
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0] ?? '',
      /^The collections platforms, states can be read together by hub:analyst: /,
    );
  });

  test('a narrower grant overlaps with a wider one in either order', async (t) => {
    for (const [one, other] of [
      ['*', 'org:nass'],
      ['org:nass', '*'],
    ]) {
      const files = { first: { ...first, read: [one] }, second: { ...second, read: [other] } };
      assert.match((await findWarnings(t, files))[0] ?? '', /can be read together by org:nass: /);
    }
  });

  test('collections whose grants have nothing in common overlap in nothing', async (t) => {
    const files = { first, second: { ...second, read: ['audience:private'] } };
    assert.deepEqual(await findWarnings(t, files), []);
  });

  test('collections of other policies are left out', async (t) => {
    const read = ['audience:state'];
    const files = { first, library: { ...library, read }, task: { ...task, read } };
    assert.deepEqual(await findWarnings(t, files), []);
  });
});
