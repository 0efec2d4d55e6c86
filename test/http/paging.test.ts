import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { campaign, campaigns, sample, toStixId, toTime } from './stix-samples.ts';
import { firstOf, itemsOf, lastOf, walkByHeader, walkByNext, withQuery } from './walk.ts';

const ALL = { 'match[version]': 'all' };
const SEVEN = toStixId('campaign', 7);
const VERSIONS = 7;

describe('paging (TAXII 2.1, 3.5)', () => {
  let server: TestServer;
  let full: string;
  /** The four paged endpoints with the filter that shows everything. */
  let lists: readonly {
    readonly path: string;
    readonly filters: Readonly<Record<string, string>>;
    readonly count: number;
  }[];

  before(async () => {
    server = await startTestServer({ PAGE_LIMIT_MAX: '1000', PAGE_LIMIT_DEFAULT: '4' });
    full = server.scratch();
    await server.post(full, campaigns(1, 10));
    for (let version = 1; version < VERSIONS; version += 1) await server.post(full, [campaign(7, version)]);
    await server.post(full, [sample('malware', 1, 0, { name: 'm', is_family: false }), ...campaigns(11, 14)]);
    lists = [
      { path: `${full}objects/`, filters: ALL, count: 21 },
      { path: `${full}manifest/`, filters: ALL, count: 21 },
      { path: `${full}objects/${SEVEN}/`, filters: ALL, count: VERSIONS },
      { path: `${full}objects/${SEVEN}/versions/`, filters: {}, count: VERSIONS },
    ];
  });
  after(() => server[Symbol.asyncDispose]());

  const everything = async (
    path: string,
    filters: Readonly<Record<string, string>>,
  ): Promise<readonly string[]> => itemsOf(await server.get(withQuery(path, { ...filters, limit: 1000 })));

  test('following next gives everything once, in order, on all four lists and with every size of page (TAXII 2.1, 3.5)', async () => {
    for (const { path, filters, count } of lists) {
      const wanted = await everything(path, filters);
      assert.equal(wanted.length, count);
      for (const limit of [1, 2, 3, count - 1, count, count + 1]) {
        const pages = await walkByNext(server, path, { ...filters, limit });
        assert.deepEqual(pages.flatMap(itemsOf), wanted, `${path} ${limit}`);
        assert.equal(pages.length, Math.ceil(count / limit), `${path} ${limit}: no empty last page`);
        for (const page of pages) assert.ok(itemsOf(page).length <= limit);
      }
    }
  });

  test('next is a text whenever more is true, and neither stands on the last page (TAXII 2.1, 3.7, 5.3.1 and 5.8.1)', async () => {
    for (const { path, filters } of lists) {
      const pages = await walkByNext(server, path, { ...filters, limit: 3 });
      const last = pages.at(-1)?.resource() ?? {};
      assert.equal('next' in last, false);
      assert.notEqual(last.more, true);
      for (const page of pages.slice(0, -1)) {
        assert.equal(page.resource().more, true);
        assert.equal(typeof page.resource().next, 'string');
      }
    }
  });

  test('paging by the X-TAXII-Date-Added-Last header alone gives everything once (TAXII 2.1, 3.5; interoperability 3.14.1)', async () => {
    for (const { path, filters } of lists) {
      for (const limit of [1, 4]) {
        const pages = await walkByHeader(server, path, { ...filters, limit });
        assert.deepEqual(pages.flatMap(itemsOf), await everything(path, filters), path);
      }
    }
  });

  test('the headers of every page are those of its own first and last object (TAXII 2.1, 3.2)', async () => {
    const pages = await walkByNext(server, `${full}manifest/`, { ...ALL, limit: 4 });
    for (const page of pages) {
      const { objects = [] } = page.resource();
      assert.equal(firstOf(page), objects[0]?.date_added);
      assert.equal(lastOf(page), objects.at(-1)?.date_added);
    }
  });

  test('a page is as long as the setting says when the request has no limit (TAXII 2.1, 3.4)', async () => {
    const { objects, more } = (await server.get(`${full}objects/`)).resource();
    assert.equal(objects?.length, 4);
    assert.equal(more, true);
  });

  test('the limit may change midway, or be left out, without a loss (TAXII 2.1, 3.5)', async () => {
    for (const { path, filters } of lists) {
      const wanted = await everything(path, filters);
      for (const then of [{ limit: 1 }, { limit: 5 }, { limit: 1000 }]) {
        const pages = await walkByNext(server, path, { ...filters, limit: 2 }, { ...filters, ...then });
        assert.deepEqual(pages.flatMap(itemsOf), wanted);
      }
      const pages = await walkByNext(server, path, { ...filters, limit: 2 }, filters);
      assert.deepEqual(pages.flatMap(itemsOf), wanted);
      assert.equal(itemsOf(pages[1] ?? assert.fail()).length, 2, 'the limit is carried');
    }
  });

  test('filters that the client drops midway still hold (TAXII 2.1, 3.5)', async () => {
    const filters = {
      'match[type]': 'campaign',
      'match[version]': 'first,last',
      'match[spec_version]': '2.1',
    };
    for (const list of ['objects/', 'manifest/']) {
      const path = full + list;
      const wanted = await everything(path, filters);
      const pages = await walkByNext(server, path, { ...filters, limit: 2 }, {});
      assert.deepEqual(pages.flatMap(itemsOf), wanted);
      assert.equal(wanted.length, 15);
    }
    const since = lastOf(await server.get(`${full}objects/?limit=5`));
    const wanted = await server.get(`${full}objects/?limit=1000&added_after=${since}`);
    const pages = await walkByNext(server, `${full}objects/`, { added_after: since, limit: 2 }, {});
    assert.deepEqual(pages.flatMap(itemsOf), itemsOf(wanted));
  });

  test('filters that are added midway narrow what follows and are no error (design, 5.7)', async () => {
    const start = (await server.get(`${full}objects/?limit=1`)).resource();
    const rest = await server.get(
      withQuery(`${full}objects/`, { limit: 1000, next: start.next, 'match[type]': 'malware' }),
    );
    assert.deepEqual(itemsOf(rest), [`${toStixId('malware', 1)} ${toTime(0)}`]);
    const typed = (
      await server.get(withQuery(`${full}objects/`, { limit: 1, 'match[type]': 'campaign' }))
    ).resource();
    const other = await server.get(
      withQuery(`${full}objects/`, { next: typed.next, 'match[type]': 'malware' }),
    );
    assert.deepEqual(itemsOf(other), []);
    // A poller that loses its place here would begin anew.
    assert.match(lastOf(other), /Z$/);
  });

  test('an added_after beside next never takes the client back (TAXII 2.1, 3.5)', async () => {
    const wanted = await everything(`${full}objects/`, ALL);
    const first = { ...ALL, limit: 3, added_after: '1970-01-01T00:00:00Z' };
    assert.deepEqual((await walkByNext(server, `${full}objects/`, first)).flatMap(itemsOf), wanted);
  });

  test('next works again, hours later, with the same answer (TAXII 2.1, 3.5)', async () => {
    const { next } = (await server.get(`${full}objects/?limit=2`)).resource();
    const path = withQuery(`${full}objects/`, { limit: 2, next });
    const wanted = (await server.get(path)).text;
    server.clock.advance(72 * 3_600_000_000);
    assert.equal((await server.get(path)).text, wanted);
  });

  test('what is added during a walk comes at its end, once, and nothing else moves (TAXII 2.1, 3.5)', async () => {
    for (const list of ['objects/', 'manifest/']) {
      const path = server.scratch();
      await server.post(path, campaigns(1, 9));
      const pages = await walkByNext(server, path + list, { limit: 2 }, { limit: 2 }, async (page) => {
        if (page <= 3) await server.post(path, [campaign(100 + page), campaign(200 + page)]);
      });
      const items = pages.flatMap(itemsOf);
      assert.equal(new Set(items).size, items.length);
      assert.deepEqual(items, await everything(path + list, {}));
      assert.equal(items.length, 15);
    }
  });

  test('what is deleted during a walk costs no other object its place (TAXII 2.1, 3.5)', async () => {
    for (const list of ['objects/', 'manifest/']) {
      const path = server.scratch();
      await server.post(path, campaigns(1, 12));
      const remove = async (n: number): Promise<void> => {
        assert.equal((await server.send('DELETE', `${path}objects/${toStixId('campaign', n)}/`)).status, 200);
      };
      // One that was sent, the one the cursor stands on, and one that was not sent yet.
      const pages = await walkByNext(server, path + list, { limit: 3 }, { limit: 3 }, async (page) => {
        if (page === 1) for (const n of [1, 3, 8]) await remove(n);
      });
      const seen = pages.flatMap(itemsOf).map((item) => Number(/(\d{12}) /.exec(item)?.[1]));
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12], list);
    }
  });

  test('a walk whose rest is deleted ends with an empty page that keeps the place (TAXII 2.1, 3.5)', async () => {
    const path = server.scratch();
    await server.post(path, campaigns(1, 4));
    const page = await server.get(`${path}objects/?limit=2`);
    for (const n of [3, 4]) await server.send('DELETE', `${path}objects/${toStixId('campaign', n)}/`);
    const end = await server.get(withQuery(`${path}objects/`, { next: page.resource().next }));
    assert.equal(end.text, '{}');
    assert.equal(lastOf(end), lastOf(page));
  });

  test('a poller of the default view gets the earlier version again after the latest was deleted (design, 5.2)', async () => {
    const path = server.scratch();
    await server.post(path, [campaign(1, 0), campaign(1, 1), campaign(2)]);
    const polled = await server.get(`${path}objects/`);
    const since = lastOf(polled);
    await server.send('DELETE', `${path}objects/${toStixId('campaign', 1)}/?match[version]=${toTime(1)}`);
    const again = await server.get(`${path}objects/?added_after=${since}`);
    assert.deepEqual(itemsOf(again), [`${toStixId('campaign', 1)} ${toTime(0)}`]);
    assert.ok(lastOf(again) > since);
  });

  test('a client that follows next and cuts the last header to milliseconds neither loses nor repeats (design, 5.2)', async () => {
    const path = server.scratch();
    const seen: string[] = [];
    let since: string | undefined;
    for (let round = 0; round < 5; round += 1) {
      await server.post(path, campaigns(round * 10 + 1, round * 10 + 7));
      server.clock.advance(1_234_567);
      const first = { limit: 3, ...(since === undefined ? {} : { added_after: since }) };
      const pages = await walkByNext(server, `${path}objects/`, first);
      seen.push(...pages.flatMap(itemsOf));
      since = new Date(lastOf(pages.at(-1) ?? assert.fail())).toISOString();
    }
    assert.deepEqual(seen, await everything(`${path}objects/`, {}));
    assert.equal(seen.length, 35);
  });

  test('10,000 objects of one request have dates that rise and differ, and a walk by header loses none (TAXII 2.1, 3.3)', async () => {
    const path = server.scratch();
    const posted = (await server.post(path, campaigns(1, 10_000))).resource();
    assert.equal(posted['success_count'], 10_000);
    const pages = await walkByHeader(server, `${path}manifest/`, { limit: 1000 });
    const records = pages.flatMap((page) => page.resource().objects ?? []);
    assert.equal(records.length, 10_000);
    const dates = records.map(({ date_added }) => date_added);
    assert.deepEqual(dates, dates.toSorted());
    assert.equal(new Set(dates).size, 10_000);
    assert.match(String(dates.at(-1)), /000Z$/);
  });
});
