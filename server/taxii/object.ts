import type { RequestHandler } from 'express';
import { AppError } from '../domain/errors.ts';
import type { CollectionId, StixId } from '../domain/ids.ts';
import type { EntryReader } from '../storage/port.ts';
import { readEnvelopePage } from './objects.ts';
import { createPageStep, type PageServices, type ReadPage } from './pages.ts';
import type { PageQuery } from './query.ts';

/** @throws AppError `object.not-found` when the collection shows no version of it, or none of the exact ones asked for */
async function requireShown(entries: EntryReader, collection: CollectionId, query: PageQuery): Promise<void> {
  const id: StixId = query.ids?.[0] ?? '';
  if (!(await entries.hasObject(collection, id))) throw new AppError('object.not-found');
  for (const { all, first, last, exact } of query.versions) {
    if (all || first || last) continue;
    // A version that was deleted must not be found (TAXII 2.1, 5.7).
    if (!(await entries.hasVersion(collection, id, exact))) throw new AppError('object.not-found');
  }
}

/** GET {api-root}/collections/{id}/objects/{object-id}/ (TAXII 2.1, 5.6). */
export function createObject(services: PageServices): RequestHandler {
  const readPage: ReadPage = async (collection, query) => {
    await requireShown(services.entries, collection.id, query);
    return readEnvelopePage(services.entries, collection.id, query);
  };
  return createPageStep('object', services, readPage);
}
