import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { loadCollections } from '../../../server/config/collections.ts';
import { findPackageRoot } from '../../../server/config/package-root.ts';
import { inbox, library, makeFolder, states, task, toId, type Files } from './collection-folder.ts';
import { toProblems } from './expect-config-error.ts';

async function findProblems(t: TestContext, files: Files): Promise<readonly string[]> {
  return loadCollections(makeFolder(t, files)).then(() => [], toProblems);
}

async function findOnlyProblem(t: TestContext, files: Files): Promise<string> {
  const problems = await findProblems(t, files);
  assert.equal(problems.length, 1, problems.join('\n'));
  return problems[0] ?? '';
}

describe('the collections that are shipped', () => {
  test('are the six of the design, with their policies, readers and writers', async () => {
    const collections = await loadCollections(join(findPackageRoot(), 'collections'));
    const byAlias = Object.fromEntries(
      collections.map(({ alias, release, references, read, write }) => [
        alias,
        { release, references, read, write },
      ]),
    );
    const toRow = (audience: string, maxTlp: string, read: readonly string[]) => ({
      release: { policy: 'audience', audience, maxTlp, hold: false },
      references: ['reference'],
      read,
      write: ['hub:analyst'],
    });
    assert.deepEqual(byAlias, {
      intake: {
        release: {
          policy: 'intake',
          defaults: { tlp: 'amber', audiences: ['federal'], consent: 'everyone' },
        },
        references: [],
        read: [],
        write: ['role:analyst'],
      },
      federal: toRow('federal', 'amber+strict', ['audience:federal', 'hub:analyst']),
      state: toRow('state', 'amber+strict', ['audience:state', 'hub:analyst']),
      private: toRow('private', 'amber+strict', ['audience:private', 'hub:analyst']),
      public: toRow('public', 'clear', ['*']),
      reference: {
        release: { policy: 'as-posted', maxTlp: 'green' },
        references: [],
        read: ['*'],
        write: ['hub:analyst'],
      },
    });
    assert.equal(
      collections.find(({ alias }) => alias === 'state')?.id,
      '11111111-1111-4111-8111-111111111111',
    );
    for (const { stixVersions, apiRoot } of collections)
      assert.deepEqual([stixVersions, apiRoot], [['2.1'], 'feed']);
  });
});

describe('loading collections', () => {
  test('the result is sorted by id, whatever the files are called', async (t) => {
    const collections = await loadCollections(makeFolder(t, { a: task, b: inbox, c: states, d: library }));
    assert.deepEqual(
      collections.map(({ id }) => id),
      [toId(1), toId(2), toId(3), toId(4)],
    );
  });

  test('what a file leaves out grants nothing and gets the usual API root and version', async (t) => {
    const { id, alias, title, release } = library;
    const [collection] = await loadCollections(makeFolder(t, { library: { id, alias, title, release } }));
    assert.deepEqual(collection, {
      ...{ id, alias, title, release },
      ...{ apiRoot: 'feed', references: [], read: [], write: [], stixVersions: ['2.1'] },
    });
  });

  test('other files and folders inside are not read, and links to files are', async (t) => {
    const folder = makeFolder(t, { library });
    mkdirSync(join(folder, 'samples'));
    mkdirSync(join(folder, 'folder.json'));
    writeFileSync(join(folder, 'samples', 'bundle.json'), '{}');
    writeFileSync(join(folder, 'notes.txt'), 'x');
    symlinkSync(join(makeFolder(t, { states }), 'states.json'), join(folder, 'linked.json'));
    assert.deepEqual(
      (await loadCollections(folder)).map(({ alias }) => alias),
      ['library', 'states'],
    );
  });

  test('a folder that is missing or has no collection is refused', async (t) => {
    const folder = makeFolder(t, {});
    for (const dir of [folder, join(folder, 'missing')]) {
      const problems = await loadCollections(dir).then(() => [], toProblems);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', /POLLWATCH_COLLECTIONS_DIR/);
    }
  });

  test('all problems of all files are listed at once', async (t) => {
    const folder = makeFolder(t, {
      a: '{',
      b: { ...library, id: 'x', alias: 'X', colour: 'red' },
      c: { ...states, read: ['audience:state', 'everybody'] },
      d: { ...inbox, read: ['*'] },
      e: { ...task, references: ['nowhere'] },
    });
    symlinkSync(join(folder, 'nowhere'), join(folder, 'f.json'));
    writeFileSync(join(folder, 'g.json'), new Uint8Array([0x22, 0xff, 0x22]));
    const problems = await loadCollections(folder).then(() => [], toProblems);
    assert.deepEqual(
      problems.map((problem) => problem.split(' found ')[0]),
      [
        ...[
          'a.json:',
          'b.json:',
          'b.json: /id:',
          'b.json: /alias:',
          'c.json: /read/1:',
          'f.json:',
          'g.json:',
        ],
        ...['d.json: /read:', 'e.json: /references:'],
      ],
    );
  });
});

describe('the form of a collection file', () => {
  test('a problem says what was found, what is wanted and what to do', async (t) => {
    assert.equal(
      await findOnlyProblem(t, { library: { ...library, id: 'ABC' } }),
      'library.json: /id: found "ABC", wanted a UUID of version 4 in lower case. Correct it.',
    );
  });

  test('a property that is missing or unknown is named', async (t) => {
    const { id, alias } = library;
    const untitled = { id, alias, release: library.release };
    assert.match(await findOnlyProblem(t, { library: untitled }), /found no property "title"/);
    assert.match(
      await findOnlyProblem(t, { library: { ...library, reed: ['*'] } }),
      /found a property "reed"/,
    );
    const release = { ...library.release, hold: true };
    assert.match(
      await findOnlyProblem(t, { library: { ...library, release } }),
      /\/release: found a property "hold"/,
    );
    const text = JSON.stringify(library).replace('{', '{"__proto__":{},');
    assert.match(await findOnlyProblem(t, { library: text }), /found a property "__proto__"/);
  });

  test('each property has one form', async (t) => {
    const wrong: Files = {
      id: '00000001-0000-1000-8000-000000000000',
      alias: 'a_b',
      title: ' Library',
      description: 7,
      apiRoot: 'taxii2',
      read: ['*', '*'],
      write: 'role:analyst',
      stixVersions: [],
      references: ['A'],
    };
    for (const [property, value] of Object.entries(wrong)) {
      const problem = await findOnlyProblem(t, { library: { ...library, [property]: value } });
      assert.ok(problem.startsWith(`library.json: /${property}`), problem);
    }
  });

  test('an alias has at most 64 characters and not the form of a UUID', async (t) => {
    const [collection] = await loadCollections(
      makeFolder(t, { library: { ...library, alias: 'a'.repeat(64) } }),
    );
    assert.equal(collection?.alias.length, 64);
    for (const alias of ['a'.repeat(65), '', '-a', toId(9)]) {
      assert.match(await findOnlyProblem(t, { library: { ...library, alias } }), /^library\.json: \/alias: /);
    }
  });

  test('a grant is one of those of the design', async (t) => {
    const read = [
      '*',
      'anonymous',
      'audience:federal',
      'org:nass',
      'user:ann@example.org',
      'role:partner',
      'hub:admin',
    ];
    const [collection] = await loadCollections(makeFolder(t, { library: { ...library, read } }));
    assert.deepEqual(collection?.read, read);
    for (const grant of [
      '',
      'all',
      'audience:public',
      'audience:',
      'org:',
      'org:a b',
      'user:a:b',
      'role:root',
      'hub:*',
      '**',
      7,
    ]) {
      const problem = await findOnlyProblem(t, { library: { ...library, read: [grant] } });
      assert.match(problem, /^library\.json: \/read\/0: /);
    }
  });

  test('a policy has its own properties, all of them, and one problem for each that is wrong', async (t) => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      ['audience', /\/release: found "audience", wanted an object/],
      [{}, /\/release: found no property "policy"/],
      [{ policy: 'open' }, /\/release\/policy: found "open", wanted one of intake/],
      [{ policy: 'intake' }, /\/release: found no property "defaults"/],
      [
        { policy: 'intake', defaults: { ...inbox.release.defaults, consent: 'all' } },
        /\/consent: found "all"/,
      ],
      [{ policy: 'audience', audience: 'state', maxTlp: 'amber' }, /\/release: found no property "hold"/],
      [{ ...states.release, audience: 'press' }, /\/release\/audience: found "press"/],
      [{ ...states.release, maxTlp: 'white' }, /\/release\/maxTlp: found "white", wanted one of clear/],
      [{ ...states.release, hold: 'no' }, /\/release\/hold: found "no"/],
      [{ ...task.release, recipients: [] }, /\/release\/recipients: found \[\]/],
      [{ ...task.release, recipients: ['a b'] }, /\/release\/recipients\/0: found "a b"/],
      [{ policy: 'as-posted', audience: 'state' }, /\/release: found a property "audience"/],
    ];
    for (const [release, expected] of wrong) {
      assert.match(await findOnlyProblem(t, { library: { ...library, release } }), expected);
    }
  });
});
