import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ALL_VERSIONS, LAST_VERSION } from '../../server/domain/object-query.ts';
import type { ObjectFilter } from '../../server/domain/object-query.ts';
import { toPublication, toStixId } from '../support/publications.ts';
import { changesArb, DEFAULT_POLL, EVERYTHING, filterArb } from '../support/random-entries.ts';
import { readRandomRuns } from '../support/random-runs.ts';
import { createReferenceEntries, toEntryName } from '../support/reference-entries.ts';
import type { EntryChanges, ReferenceEntries, ReferenceEntry } from '../support/reference-entries.ts';

/*
 * The reference against which stores are compared has to be right itself: laws that follow from the specification,
 * and cases worked out by hand.
 */
const FACTOR = 5;

function fill(commits: readonly EntryChanges[]): ReferenceEntries {
  const entries = createReferenceEntries();
  for (const changes of commits) entries.commit(changes);
  return entries;
}

function ask(entries: ReferenceEntries, filter: ObjectFilter, after = 0): readonly ReferenceEntry[] {
  return entries.query({ ...filter, after, limit: 1000 }).entries;
}

function toTexts(found: readonly ReferenceEntry[]): readonly string[] {
  return found.map((entry) => entry.publication.text);
}

const commitsArb = fc.array(changesArb, { maxLength: 8 });

describe('queries of the reference', () => {
  test('pages of any size, one after the other, are the whole answer', (t) => {
    fc.assert(
      fc.property(commitsArb, filterArb, fc.integer({ min: 1, max: 9 }), (commits, filter, limit) => {
        const entries = fill(commits);
        const whole = ask(entries, filter);
        const pages: ReferenceEntry[] = [];
        let page = entries.query({ ...filter, after: 0, limit });
        for (;;) {
          assert.equal(page.more, pages.length + page.entries.length < whole.length);
          pages.push(...page.entries);
          if (!page.more) break;
          page = entries.query({ ...filter, after: pages.at(-1)?.tick ?? 0, limit });
        }
        assert.deepEqual(pages, whole);
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a poll without parameters shows each object once, in its highest spec version (TAXII 2.1, 3.4.1)', (t) => {
    fc.assert(
      fc.property(commitsArb, (commits) => {
        const entries = fill(commits);
        const shown = ask(entries, DEFAULT_POLL).map((entry) => entry.publication);
        const all = ask(entries, EVERYTHING).map((entry) => entry.publication);
        assert.deepEqual(shown.map((one) => one.id).sort(), [...new Set(all.map((one) => one.id))].sort());
        for (const one of shown) {
          const others = all.filter((other) => other.id === one.id);
          assert.ok(others.every((other) => other.specVersion <= one.specVersion));
          const rivals = others.filter((other) => other.specVersion === one.specVersion);
          assert.ok(rivals.every((other) => other.versionKey <= one.versionKey));
        }
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('another filter or selector only narrows the answer (TAXII 2.1, 3.4)', (t) => {
    fc.assert(
      fc.property(commitsArb, filterArb, filterArb, (commits, filter, narrow) => {
        const entries = fill(commits);
        const wide = ask(entries, filter);
        const versions = [...filter.versions, ...narrow.versions];
        const types = narrow.types ?? filter.types;
        const narrower = ask(entries, { ...filter, versions });
        assert.ok(narrower.every((entry) => wide.includes(entry)));
        if (filter.types || !types) return;
        assert.deepEqual(
          ask(entries, { ...filter, types }),
          wide.filter((entry) => types.includes(entry.publication.type)),
        );
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('a selector of several values shows what each of them shows', (t) => {
    fc.assert(
      fc.property(commitsArb, (commits) => {
        const entries = fill(commits);
        const first = { ...LAST_VERSION, last: false, first: true };
        const either = ask(entries, { versions: [{ ...first, last: true }] });
        const one = ask(entries, { versions: [first] });
        const other = ask(entries, { versions: [LAST_VERSION] });
        assert.deepEqual(
          either,
          ask(entries, { versions: [ALL_VERSIONS] }).filter(
            (entry) => one.includes(entry) || other.includes(entry),
          ),
        );
      }),
      readRandomRuns(t, FACTOR),
    );
  });

  test('every commit dates what it publishes above all there was, and nothing is there twice', (t) => {
    fc.assert(
      fc.property(commitsArb, changesArb, (commits, changes) => {
        const entries = fill(commits);
        const before = ask(entries, EVERYTHING);
        const lastTick = before.at(-1)?.tick ?? 0;
        const dated = entries.commit(changes);
        const after = ask(entries, EVERYTHING);
        const names = after.map((entry) => toEntryName(entry.publication));
        assert.equal(new Set(names).size, names.length);
        assert.equal(new Set(after.map((entry) => entry.tick)).size, after.length);
        for (const entry of after) {
          const isDated = dated.includes(toEntryName(entry.publication));
          assert.equal(isDated, !before.includes(entry));
          assert.equal(isDated, entry.tick > lastTick || !before.includes(entry));
        }
        assert.ok(changes.publish.every((one) => dated.includes(toEntryName(one))));
      }),
      readRandomRuns(t, FACTOR),
    );
  });
});

describe('queries worked out by hand', () => {
  const id = toStixId('report', 1);
  const [a, b, c] = ['2018-01-01', '2019-01-01', '2020-01-01'].map((day) =>
    toPublication({ id, version: `${day}T00:00:00Z`, text: day }),
  );
  const old = toPublication({ id, version: '2021-01-01T00:00:00Z', specVersion: '2.0', text: 'old' });

  test('last and first are judged over the whole collection, whatever after says', () => {
    assert.ok(a && b && c);
    const entries = createReferenceEntries();
    entries.publish(c);
    entries.publish(a);
    assert.deepEqual(toTexts(ask(entries, DEFAULT_POLL)), ['2020-01-01']);
    assert.deepEqual(toTexts(ask(entries, DEFAULT_POLL, 1)), []);
    entries.publish(b);
    assert.deepEqual(toTexts(ask(entries, { versions: [ALL_VERSIONS] })), [
      '2020-01-01',
      '2018-01-01',
      '2019-01-01',
    ]);
  });

  test('explicit spec versions come before last and first', () => {
    assert.ok(a && b);
    const entries = createReferenceEntries();
    entries.publish(a, b, old);
    assert.deepEqual(toTexts(ask(entries, DEFAULT_POLL)), ['2019-01-01']);
    assert.deepEqual(toTexts(ask(entries, { ...DEFAULT_POLL, specVersions: ['2.0'] })), ['old']);
    assert.deepEqual(toTexts(ask(entries, { ...DEFAULT_POLL, specVersions: ['2.0', '2.1'] })), ['old']);
    const exact = [{ ...LAST_VERSION, last: false, exact: [old.versionKey] }];
    assert.deepEqual(toTexts(ask(entries, { versions: exact })), []);
    assert.deepEqual(toTexts(ask(entries, { versions: exact, specVersions: ['2.0'] })), ['old']);
  });

  test('what is shown again after a withdrawal is dated anew, and nothing else is', () => {
    assert.ok(a && b && c);
    const entries = createReferenceEntries();
    entries.publish(a, b, c);
    entries.withdraw(a);
    assert.deepEqual(toTexts(ask(entries, EVERYTHING, 3)), []);
    entries.withdraw(c);
    assert.deepEqual(toTexts(ask(entries, EVERYTHING, 3)), ['2019-01-01']);
    assert.deepEqual(
      ask(entries, EVERYTHING).map((entry) => entry.tick),
      [4],
    );
  });

  test('what a spec version hid is dated anew when the object has that one no more', () => {
    assert.ok(a);
    const entries = createReferenceEntries();
    entries.publish(old);
    entries.publish(a);
    assert.deepEqual(entries.commit({ withdraw: [a], publish: [] }), [toEntryName(old)]);
  });

  test('a replaced entry is dated anew though nothing of it changed', () => {
    assert.ok(a && b);
    const entries = createReferenceEntries();
    entries.publish(a, b);
    entries.publish(a);
    assert.deepEqual(toTexts(ask(entries, EVERYTHING)), ['2019-01-01', '2018-01-01']);
  });
});
