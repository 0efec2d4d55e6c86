import fc from 'fast-check';
import { ALL_VERSIONS, LAST_VERSION } from '../../server/domain/object-query.ts';
import type { ObjectFilter, VersionSelector } from '../../server/domain/object-query.ts';
import { FIXED_VERSION } from '../../server/domain/timestamp.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import { toPublication } from './publications.ts';
import { toEntryName } from './reference-entries.ts';
import type { EntryChanges } from './reference-entries.ts';

/*
 * Few objects and few versions, so that random commits often meet: the same version again, the last one gone,
 * a spec version replaced by the other, two spellings of one instant.
 */
const IDS = [
  'campaign--00000000-0000-4000-8000-000000000001',
  'campaign--00000000-0000-4000-8000-000000000002',
  'report--00000000-0000-4000-8000-000000000003',
  'url--00000000-0000-5000-8000-000000000004',
];
const UNKNOWN_ID = 'report--00000000-0000-4000-8000-0000000000ff';
const VERSIONS = [
  FIXED_VERSION,
  '2018-08-21T00:00:00Z',
  '2018-08-21T00:00:00.1Z',
  '2018-08-21T00:00:00.100Z',
  '2018-08-21T00:00:00.1000000001Z',
  '2018-08-22T00:00:00.000Z',
];

const publicationArb = fc
  .record({
    id: fc.constantFrom(...IDS),
    version: fc.constantFrom(...VERSIONS),
    specVersion: fc.constantFrom('2.0' as const, '2.1' as const, '2.1' as const),
    salt: fc.nat(),
  })
  .map(({ id, version, specVersion, salt }) =>
    toPublication({ id, version, specVersion, text: `{"id":"${id}","salt":${salt}}` }),
  );

/** Random changes of one commit: each entry at most once among the published, now and then withdrawn just before. */
export const changesArb: fc.Arbitrary<EntryChanges> = fc.record({
  withdraw: fc
    .uniqueArray(publicationArb, { maxLength: 4, selector: toEntryName })
    .map((list) => list.map(({ id, versionKey }) => ({ id, versionKey }))),
  publish: fc.uniqueArray(publicationArb, { maxLength: 6, selector: toEntryName }),
});

/** The same changes, made in this collection. */
export function toCollection(changes: EntryChanges, collection: CollectionId): EntryChanges {
  return { ...changes, publish: changes.publish.map((one) => ({ ...one, collection })) };
}

const exactArb = fc
  .uniqueArray(fc.constantFrom(...VERSIONS), { maxLength: 3 })
  .map((versions) => versions.map((version) => toPublication({ version }).versionKey));

const selectorArb: fc.Arbitrary<VersionSelector> = fc.oneof(
  fc.constant(LAST_VERSION),
  fc.constant(ALL_VERSIONS),
  fc.record({ all: fc.constant(false), first: fc.boolean(), last: fc.boolean(), exact: exactArb }),
);

/** Random filters, with up to two selectors as a request makes that narrows its cursor. */
export const filterArb: fc.Arbitrary<ObjectFilter> = fc.record(
  {
    ids: fc.uniqueArray(fc.constantFrom(...IDS, UNKNOWN_ID), { maxLength: 3 }),
    types: fc.uniqueArray(fc.constantFrom('campaign', 'report', 'url', 'tool'), { maxLength: 3 }),
    specVersions: fc.uniqueArray(fc.constantFrom('2.0' as const, '2.1' as const), { maxLength: 2 }),
    versions: fc.array(selectorArb, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: ['versions'] },
);

/** Filters that hold everything: both spec versions, every version. */
export const EVERYTHING: ObjectFilter = { specVersions: ['2.0', '2.1'], versions: [ALL_VERSIONS] };

/** What a poll without parameters asks for. */
export const DEFAULT_POLL: ObjectFilter = { versions: [LAST_VERSION] };
