import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { canRead, canWrite, isVisible, type Principal } from '../domain/access.ts';
import type { Collection } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import { sendResource } from './respond.ts';

/** The collection resource as this caller sees it (TAXII 2.1, 5.2.1). */
function toResource(principal: Principal, collection: Collection): object {
  const { id, title, description, alias, stixVersions } = collection;
  return {
    id,
    title,
    description,
    alias,
    can_read: canRead(principal, collection),
    can_write: canWrite(principal, collection),
    media_types: stixVersions.map((version) => `application/stix+json;version=${version}`),
  };
}

/** GET {api-root}/collections/ (TAXII 2.1, 5.1): ascending by id. */
export function createCollections(collections: readonly Collection[]): RequestHandler {
  const sorted = collections.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return (req, res) => {
    const principal = principalOf(req);
    const visible = sorted.filter((collection) => isVisible(principal, collection));
    const resources = visible.map((collection) => toResource(principal, collection));
    sendResource(res, 200, resources.length > 0 ? { collections: resources } : {});
  };
}

/** GET {api-root}/collections/{id}/ (TAXII 2.1, 5.2). */
export const sendCollection: RequestHandler = (req, res) => {
  if (!req.namedCollection) throw new AppError('collection.not-found');
  sendResource(res, 200, toResource(principalOf(req), req.namedCollection));
};
