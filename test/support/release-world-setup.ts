import { readFileSync } from 'node:fs';
import type { Collection, ReleasePolicy } from '../../server/domain/collection.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Draw } from './release-draw.ts';
import type { OracleOrganisation, RawObject } from './release-oracle-world.ts';

export const HUB_IDENTITY = 'identity--00000000-0000-4000-8000-0000000000ff';
/** An identity that no organisation registers. */
export const STRANGER = 'identity--00000000-0000-4000-8000-0000000000ee';
const STAMP = '2026-01-01T00:00:00.000Z';

/** The ids of the collections of a generated world, by alias. */
export const COLLECTION_IDS = {
  intake: parseCollectionId('00000000-0000-4000-8000-000000000001'),
  federal: parseCollectionId('00000000-0000-4000-8000-000000000002'),
  state: parseCollectionId('00000000-0000-4000-8000-000000000003'),
  private: parseCollectionId('00000000-0000-4000-8000-000000000004'),
  public: parseCollectionId('00000000-0000-4000-8000-000000000005'),
  reference: parseCollectionId('00000000-0000-4000-8000-000000000006'),
  circle: parseCollectionId('00000000-0000-4000-8000-000000000007'),
} as const;

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

const DHS: OracleOrganisation = {
  id: 'dhs',
  name: 'Harbour Department',
  audience: 'federal',
  identity: 'identity--00000000-0000-4000-8000-000000000011',
  hub: true,
};
const BLUEBIRD: OracleOrganisation = {
  id: 'bluebird',
  name: 'Bluebird Media',
  audience: 'private',
  identity: 'identity--00000000-0000-4000-8000-000000000012',
  hub: false,
};
const ORCHARD: OracleOrganisation = {
  id: 'orchard',
  name: 'Orchard State',
  audience: 'state',
  identity: 'identity--00000000-0000-4000-8000-000000000013',
  hub: false,
};
const ACM: OracleOrganisation = {
  id: 'acm',
  name: 'ACM',
  audience: 'federal',
  identity: 'identity--00000000-0000-4000-8000-000000000014',
  hub: false,
};
const NAMELESS: OracleOrganisation = { id: 'quarry', name: 'Quarry Post', audience: 'private', hub: false };

/** Three to five organisations: always the hub's, a private and a state one. */
export function drawOrganisations(draw: Draw): readonly OracleOrganisation[] {
  return [DHS, BLUEBIRD, ORCHARD, ...draw.shuffle([ACM, NAMELESS]).slice(0, draw.below(3))];
}

/** All of them: what hand-worked cases use. */
export const ORGANISATIONS: readonly OracleOrganisation[] = [DHS, BLUEBIRD, ORCHARD, ACM, NAMELESS];

function toCollection(
  alias: keyof typeof COLLECTION_IDS,
  release: ReleasePolicy,
  read: readonly string[],
): Collection {
  return {
    id: COLLECTION_IDS[alias],
    alias,
    title: alias,
    apiRoot: 'feed',
    release,
    references: release.policy === 'audience' || release.policy === 'recipients' ? ['reference'] : [],
    read,
    write: ['role:analyst'],
    stixVersions: ['2.1'],
  };
}

const SHIPPED: readonly Collection[] = [
  toCollection(
    'intake',
    { policy: 'intake', defaults: { tlp: 'amber', audiences: ['federal'], consent: 'everyone' } },
    [],
  ),
  ...(['federal', 'state', 'private'] as const).map((audience) => {
    const release = { policy: 'audience', audience, maxTlp: 'amber+strict', hold: false } as const;
    return toCollection(audience, release, [`audience:${audience}`, 'hub:analyst']);
  }),
  toCollection('public', { policy: 'audience', audience: 'public', maxTlp: 'clear', hold: false }, ['*']),
  toCollection('reference', { policy: 'as-posted', maxTlp: 'green' }, ['*']),
  toCollection(
    'circle',
    { policy: 'recipients', recipients: ['bluebird', 'orchard'], maxTlp: 'red', hold: false },
    ['org:bluebird', 'org:orchard'],
  ),
];

/** The shipped policies and a recipients collection, `circle`, of bluebird and orchard. */
export const COLLECTIONS: readonly Collection[] = SHIPPED;

/** The shipped policies, now and then with a hold, another maxTlp, no references or one recipient. */
export function drawCollections(draw: Draw): readonly Collection[] {
  return SHIPPED.map((collection) => {
    const { release } = collection;
    if (release.policy === 'recipients' && draw.chance(40)) {
      const recipient = draw.pick(['bluebird', 'orchard', 'dhs']);
      return { ...collection, read: [`org:${recipient}`], release: { ...release, recipients: [recipient] } };
    }
    if (release.policy !== 'audience' || release.audience === 'public') return collection;
    if (draw.chance(8)) return { ...collection, release: { ...release, hold: true } };
    if (draw.chance(12)) return { ...collection, release: { ...release, maxTlp: 'green' } };
    if (draw.chance(12)) return { ...collection, references: [] };
    return collection;
  });
}

/** The fixed objects as shipped, and the identity that the hub makes at its first start. */
export const FIXED_OBJECTS: readonly RawObject[] = [
  ...parseFixed(readFileSync(new URL('../../schemas/fixed-objects.json', import.meta.url), 'utf8')),
  {
    type: 'identity',
    spec_version: '2.1',
    id: HUB_IDENTITY,
    created: STAMP,
    modified: STAMP,
    name: 'Pollwatch Hub',
    identity_class: 'organization',
  },
];

function parseFixed(text: string): readonly RawObject[] {
  const bundle = JSON.parse(text) as { readonly objects: readonly RawObject[] };
  return bundle.objects;
}
