import type { RequestHandler } from 'express';
import type { ReadableCollection } from '../domain/access.ts';
import { AppError } from '../domain/errors.ts';
import { formatTick } from '../domain/timestamp.ts';
import type { ManifestPage, ManifestRecord } from '../storage/port.ts';
import { createPageStep, type PageContent, type PageServices, type ReadPage } from './pages.ts';
import { isEmptyQuery, type PageQuery } from './query.ts';

const NOTHING: ManifestPage = { records: [], more: false };

function toRecord({ id, dateAdded, version, specVersion }: ManifestRecord): object {
  return {
    id,
    date_added: formatTick(dateAdded),
    version,
    media_type: `application/stix+json;version=${specVersion}`,
  };
}

/** The records of a page, and its members made of them. */
async function readRecords(
  services: PageServices,
  collection: ReadableCollection,
  query: PageQuery,
  toMembers: (records: readonly ManifestRecord[]) => string,
): Promise<PageContent> {
  const { records, ...page } = isEmptyQuery(query)
    ? NOTHING
    : await services.entries.readManifest(collection.id, query);
  const first = records[0];
  const last = records.at(-1);
  const ends = first && last ? { first: first.dateAdded, last: last.dateAdded } : {};
  return { ...page, ...ends, members: records.length === 0 ? '' : toMembers(records) };
}

/** GET {api-root}/collections/{id}/manifest/ (TAXII 2.1, 5.3): one record for each version. */
export function createManifest(services: PageServices): RequestHandler {
  const readPage: ReadPage = (collection, query) =>
    readRecords(
      services,
      collection,
      query,
      (records) => `"objects":${JSON.stringify(records.map(toRecord))}`,
    );
  return createPageStep('manifest', services, readPage);
}

/** GET {api-root}/collections/{id}/objects/{object-id}/versions/ (TAXII 2.1, 5.8): all of them, by date added. */
export function createVersions(services: PageServices): RequestHandler {
  const readPage: ReadPage = async (collection, query) => {
    const id = query.ids?.[0] ?? '';
    if (!(await services.entries.hasObject(collection.id, id))) throw new AppError('object.not-found');
    return readRecords(
      services,
      collection,
      query,
      (records) => `"versions":${JSON.stringify(records.map(({ version }) => version))}`,
    );
  };
  return createPageStep('versions', services, readPage);
}
