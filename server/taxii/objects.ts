import type { RequestHandler } from 'express';
import { createPageStep, type PageContent, type PageServices, type ReadPage } from './pages.ts';
import type { PageQuery } from './query.ts';
import { isEmptyQuery } from './query.ts';
import type { CollectionId } from '../domain/ids.ts';
import type { EntryReader, ObjectPage } from '../storage/port.ts';

const NOTHING: ObjectPage = { texts: [], more: false };

/** One page of an envelope (TAXII 2.1, 3.7), from texts as they were uploaded. */
export async function readEnvelopePage(
  entries: EntryReader,
  collection: CollectionId,
  query: PageQuery,
): Promise<PageContent> {
  const { texts, ...page } = isEmptyQuery(query) ? NOTHING : await entries.readObjects(collection, query);
  return { ...page, members: texts.length === 0 ? '' : `"objects":[${texts.join(',')}]` };
}

/** GET {api-root}/collections/{id}/objects/ (TAXII 2.1, 5.4). */
export function createObjects(services: PageServices): RequestHandler {
  const readPage: ReadPage = (collection, query) => readEnvelopePage(services.entries, collection.id, query);
  return createPageStep('objects', services, readPage);
}
