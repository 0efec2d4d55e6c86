import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createImportCheck } from '../../../server/storage/import-check.ts';
import { isOverbuilt } from '../../../server/storage/json-bounds.ts';
import type { StoredRecord } from '../../../server/storage/port.ts';
import { toHeldVersion } from '../../support/held-samples.ts';
import { nextCollectionId, toPublication, toStixId } from '../../support/publications.ts';

const COLLECTION = nextCollectionId();
const DEPLOYMENT: StoredRecord = {
  kind: 'deployment',
  secret: Buffer.alloc(32).toString('base64'),
  hubIdentity: toStixId('identity', 1),
};
const COUNTERS: StoredRecord = { kind: 'counters', nextHandle: 10, lastTick: 100, directoryGeneration: 1 };
const NO_POLICIES: StoredRecord = { kind: 'policies', collections: [], decided: false };
const RECORD: StoredRecord = { kind: 'collection', id: COLLECTION, lastTick: 90, generation: 1 };

function toVersion(handle: number): StoredRecord {
  return { kind: 'version', value: toHeldVersion({ id: toStixId('tool', handle), handle }) };
}

function toEntry(number: number, tick: number): StoredRecord {
  const value = toPublication({ collection: COLLECTION, id: toStixId('tool', number) });
  return { kind: 'entry', tick, marks: 31, value };
}

function toSubmission(handle: number): StoredRecord {
  const outcome = {
    id: toStixId('tool', 1),
    version: '2018-08-21T00:00:00Z',
    result: 'pending',
    handle,
  } as const;
  return {
    kind: 'submission',
    value: {
      id: 'one',
      user: 'ann',
      org: 'fbi',
      collection: COLLECTION,
      receivedAt: 1,
      sha256: 'ab'.repeat(32),
      defaults: {},
      bytes: 1,
      state: 'open',
      outcomes: [outcome],
    },
  };
}

function check(records: readonly StoredRecord[]): void {
  const checks = createImportCheck();
  for (const record of records) checks.add(record);
  checks.end();
}

describe('the check of what is imported (review: L5)', () => {
  test('takes what a store exports, and what an empty one does', () => {
    const small = [DEPLOYMENT, NO_POLICIES, COUNTERS, RECORD];
    check([...small, toVersion(3), toVersion(9), toEntry(1, 5), toEntry(2, 90), toSubmission(9)]);
    check([NO_POLICIES, COUNTERS]);
    check([]);
  });

  test('refuses what comes twice or out of order, whatever the store would make of it', () => {
    const small = [DEPLOYMENT, NO_POLICIES, COUNTERS, RECORD];
    const refused: readonly (readonly [readonly StoredRecord[], RegExp])[] = [
      [[...small, COUNTERS], /the record "counters" is there twice/],
      [[...small, DEPLOYMENT], /the record "deployment" is there twice/],
      [[...small, RECORD], /a collection is there twice/],
      [[...small, toVersion(2), toVersion(2)], /its versions are not in their order/],
      [[...small, toEntry(1, 5), toEntry(2, 5)], /the entries of a collection are not in their order/],
      [[DEPLOYMENT, COUNTERS, toEntry(1, 5), RECORD], /an entry of a collection that is not in it/],
      [[...small, toSubmission(10)], /the handle 10, and would give out 10 next/],
      [[{ ...NO_POLICIES, decided: true }], /it has no deployment/],
    ];
    for (const [records, words] of refused) assert.throws(() => check(records), words);
  });

  test('a long text of hardly anything but brackets is not parsed (review: L4)', () => {
    assert.equal(isOverbuilt(`[${'[],'.repeat(6_000_000)}[]]`), true);
    assert.equal(isOverbuilt(`["${'[]\\"'.repeat(6_000_000)}"]`), false);
    assert.equal(isOverbuilt('[],'.repeat(1_000_000)), false);
  });
});
