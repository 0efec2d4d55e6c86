import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseHistory, type Answered, type Asked, type Deed, type Line, type Sight } from './history.ts';
import { checkHistory } from './rules/check-history.ts';

/** Three versions of two objects, in the order in which they were posted. */
const OLD: Sight = ['campaign--1 2026-10-01T08:00:00.000Z', 'one'];
const OTHER: Sight = ['campaign--2 2026-10-01T08:00:00.000Z', 'two'];
const NEW: Sight = ['campaign--1 2026-10-01T08:10:00.000Z', 'three'];
const DATES = ['2026-11-22T10:00:00.000001Z', '2026-11-22T10:00:00.001000Z', '2026-11-22T10:00:01.000000Z'];

const FOLLOWING = 'next, then the header cut to milliseconds';

/** What happens, by name, so that one thing can be left out or changed. */
type Story = Readonly<Record<string, readonly [Asked, Answered, server?: number] | { readonly deed: Deed }>>;

function post(objects: readonly Sight[], to = 'exchange'): Asked {
  return {
    ...{ kind: 'post', writer: 0, to },
    objects: objects.map(([key, digest]) => ({ key, digest, shownIn: ['exchange'] })),
  };
}

function done(total: number): Answered {
  return { status: 202, outcome: { isComplete: true, total, successes: total, pendings: 0, failures: [] } };
}

function page(after?: string): Asked {
  return {
    ...{ kind: 'page', poller: 'p', collection: 'exchange', versions: 'all', following: FOLLOWING },
    ...{ hasNext: false, ...(after === undefined ? {} : { after }) },
  };
}

function shown(sights: readonly Sight[], first?: string, last?: string): Answered {
  const dates = first === undefined || last === undefined ? {} : { first, last };
  return { status: 200, shown: sights, ...dates, more: false };
}

function final(versions: 'all' | 'last' | 'first' | 'manifest'): Asked {
  return { kind: 'final', collection: 'exchange', versions };
}

function manifest(sights: readonly Sight[], dates: readonly string[]): Answered {
  return { status: 200, shown: sights.map(([key]) => [key, '']), dates };
}

const remove: Asked = { kind: 'delete', writer: 0, from: 'exchange', id: 'campaign--1' };
const look: Asked = { kind: 'look', collection: 'exchange', path: '' };

const GOOD: Story = {
  firstPost: [post([OLD, OTHER]), done(2)],
  firstPage: [page(), shown([OLD, OTHER], DATES[0], DATES[1])],
  secondPost: [post([NEW]), done(1)],
  secondPage: [page(DATES[1]), shown([NEW], DATES[2], DATES[2])],
  lastPage: [page(DATES[2]), shown([], DATES[2], DATES[2])],
  all: [final('all'), shown([OLD, OTHER, NEW])],
  last: [final('last'), shown([OTHER, NEW])],
  first: [final('first'), shown([OLD, OTHER])],
  manifest: [final('manifest'), manifest([OLD, OTHER, NEW], DATES)],
};

function check(story: Story): readonly string[] {
  const lines: Line[] = [
    {
      run: {
        ...{ variant: 'told', seed: 1, seconds: 1, writers: 1, servers: 1 },
        collections: { exchange: 'plain' },
      },
    },
  ];
  for (const event of Object.values(story)) {
    const at = 1000 * lines.length;
    const n = lines.length;
    if ('deed' in event) lines.push({ at, deed: event.deed });
    else {
      const [asked, answered, server = 0] = event;
      lines.push({ at, n, server, asked }, { at: at + 1, n, answered });
    }
  }
  return checkHistory(parseHistory(`${lines.map((line) => JSON.stringify(line)).join('\n')}\n`));
}

function expectFault(change: Story, expected: RegExp): void {
  const faults = check({ ...GOOD, ...change });
  assert.ok(
    faults.some((fault) => expected.test(fault)),
    `${String(expected)} is not among ${JSON.stringify(faults)}`,
  );
}

describe('the rules for a history', () => {
  test('find nothing wrong with one in which all went well', () => {
    assert.deepEqual(check(GOOD), []);
  });

  test('find an entry that a poller never got', () => {
    expectFault({ secondPage: [page(DATES[1]), shown([], DATES[1], DATES[1])] }, /p: missing are 1/);
  });

  test('find an entry that a poller got twice', () => {
    expectFault(
      { secondPage: [page(DATES[1]), shown([OTHER, NEW], DATES[2], '2026-11-22T10:00:02.000000Z')] },
      /p got campaign--2 .* 2 times/,
    );
  });

  test('find entries that a poller got in another order', () => {
    expectFault({ firstPage: [page(), shown([OTHER, OLD], DATES[0], DATES[1])] }, /p: the order differs/);
  });

  test('find dates that do not rise from page to page', () => {
    expectFault({ secondPage: [page(DATES[2]), shown([NEW], DATES[2], DATES[2])] }, /1 objects from/);
  });

  test('find what was answered 202 and is nowhere', () => {
    expectFault(
      { third: [post([['campaign--3 2026-10-01T08:00:00.000Z', 'x']]), done(1)] },
      /campaign--3 .* is lost/,
    );
  });

  test('find an upload that never came to its end', () => {
    const outcome = { isComplete: false, total: 1, successes: 0, pendings: 1, failures: [] };
    expectFault({ secondPost: [post([NEW]), { status: 202, outcome }] }, /never came to its end/);
  });

  test('find a refusal without a reason', () => {
    const failures = [[NEW[0], 'no']] as const;
    const outcome = { isComplete: true, total: 1, successes: 0, pendings: 0, failures };
    expectFault({ secondPost: [post([NEW]), { status: 202, outcome }] }, /was refused: no/);
  });

  test('find a status that changed after it was complete', () => {
    const outcome = {
      isComplete: true,
      total: 2,
      successes: 1,
      pendings: 0,
      failures: [[OLD[0], 'no']],
    } as const;
    expectFault(
      {
        status: [
          { kind: 'status', post: 1 },
          { status: 200, outcome },
        ],
      },
      /changed after it was complete/,
    );
  });

  test('find two contents that were taken for one version', () => {
    expectFault({ again: [post([[NEW[0], 'else']]), done(1)] }, /two contents were taken/);
  });

  test('find what is shown by a request that began after the answer to its DELETE', () => {
    const gone = { all: [final('all'), shown([OTHER])], last: [final('last'), shown([OTHER])] } as const;
    const rest = {
      first: [final('first'), shown([OTHER])],
      manifest: [final('manifest'), manifest([OTHER], DATES)],
    } as const;
    const { all: _all, last: _last, first: _first, manifest: _manifest, ...before } = GOOD;
    const story: Story = {
      ...before,
      remove: [remove, { status: 200 }],
      look: [look, { status: 404 }],
      ...gone,
      ...rest,
    };
    assert.deepEqual(check(story), []);
    const faults = check({ ...story, look: [look, shown([NEW])] });
    assert.match(faults.join(), /\(look\) was shown campaign--1 .*, which was not there/);
    const kept = check({ ...story, all: [final('all'), shown([OTHER, NEW])] });
    assert.match(kept.join(), /which should not be there/);
  });

  test('allow either when a DELETE was not answered', () => {
    const { all, last, first, manifest: records, ...before } = GOOD;
    assert.ok(all && last && first && records);
    const story: Story = { ...before, remove: [remove, { status: 'given up' }], look: [look, shown([NEW])] };
    assert.deepEqual(check({ ...story, all, last, first, manifest: records }), []);
  });

  test('find a latest, an earliest and a manifest that are not those of all versions', () => {
    expectFault({ last: [final('last'), shown([OLD, OTHER])] }, /last of exchange: missing/);
    expectFault({ first: [final('first'), shown([OTHER, NEW])] }, /first of exchange: missing/);
    expectFault(
      { manifest: [final('manifest'), manifest([OLD, OTHER], DATES)] },
      /manifest of exchange: missing/,
    );
    expectFault(
      { manifest: [final('manifest'), manifest([OLD, OTHER, NEW], DATES.toReversed())] },
      /do not rise/,
    );
  });

  test('find answers that nobody should get', () => {
    expectFault({ wrong: [look, { status: 500, text: 'x' }] }, /was answered 500/);
    expectFault({ wrong: [look, { status: 503 }] }, /without Retry-After/);
    expectFault({ wrong: [look, { status: 'hang' }] }, /was answered hang/);
    expectFault({ wrong: [look, { status: 'cut' }] }, /nobody had killed its server/);
    expectFault({ wrong: { deed: { action: 'died', server: 0 } } }, /ended by itself/);
    const wrong: Story = {
      ...GOOD,
      wrong: [look, { status: 'cut' }],
      kill: { deed: { action: 'kill', server: 0 } },
    };
    assert.deepEqual(check(wrong), []);
  });
});
