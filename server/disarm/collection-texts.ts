import type { CollectionId } from '../domain/ids.ts';
import { ALL_VERSIONS } from '../domain/object-query.ts';
import type { EntryReader } from '../storage/port.ts';
import { FRAMEWORK_TYPES } from './framework.ts';

const PAGE = 1000;
/** What a release of DISARM consists of, and so what an import compares with. */
const TYPES = [...FRAMEWORK_TYPES, 'identity', 'marking-definition', 'relationship'];

/**
 * Reads the texts of all versions that a collection shows of the types of a release, in the order in which they came.
 * @throws AppError `storage.unavailable`
 */
export async function readCollectionTexts(
  reader: Pick<EntryReader, 'readObjects'>,
  collection: CollectionId,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let after = 0; ;) {
    const query = { after, limit: PAGE, types: TYPES, versions: [ALL_VERSIONS] };
    const page = await reader.readObjects(collection, query);
    texts.push(...page.texts);
    const next = page.scannedTo ?? page.last;
    if (!page.more || next === undefined) return texts;
    after = next;
  }
}
