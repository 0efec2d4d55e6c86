import { parseVersionKey } from '../../server/domain/timestamp.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Publication } from '../../server/storage/port.ts';

let collections = 0;

/** A collection id that no other test of this process has. */
export function nextCollectionId(): CollectionId {
  collections += 1;
  return parseCollectionId(`${String(collections).padStart(8, '0')}-0000-4000-8000-00000000c011`);
}

function parseCollectionId(text: string): CollectionId {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw new Error(`${text} is no UUID`);
  return text as CollectionId;
}

const SOME_COLLECTION = parseCollectionId('00000000-0000-4000-8000-00000000c011');

/** The `number`th id of a type. */
export function toStixId(type: string, number: number): string {
  return `${type}--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

/** The key of a version text that is known to be one. */
export function toVersionKey(version: string): string {
  const key = parseVersionKey(version);
  if (key === undefined) throw new Error(`${version} is no timestamp`);
  return key;
}

/** One entry to publish; type and version key follow from its id and version. */
export function toPublication(given: Partial<Publication> = {}): Publication {
  const id = given.id ?? toStixId('campaign', 1);
  const version = given.version ?? '2018-08-21T00:00:00.000Z';
  return {
    collection: SOME_COLLECTION,
    id,
    heldId: id,
    type: id.slice(0, id.indexOf('--')),
    version,
    versionKey: toVersionKey(version),
    specVersion: '2.1',
    text: JSON.stringify({ id, modified: version }),
    ...given,
  };
}
