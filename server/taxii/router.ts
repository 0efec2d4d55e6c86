import { Router, type RequestHandler } from 'express';
import type { Collection } from '../domain/collection.ts';
import { createAddObjects } from './add-objects.ts';
import { createCollections, sendCollection } from './collections.ts';
import { createDeleteObject } from './delete-object.ts';
import { createApiRoot, createDiscovery, type ApiRoot, type ServerInfo } from './discovery.ts';
import { createManifest, createVersions } from './manifest.ts';
import { createObject } from './object.ts';
import { createObjects } from './objects.ts';
import type { PageServices } from './pages.ts';
import { createBodyStep } from './read-body.ts';
import { createStatus, type StatusServices } from './status.ts';
import {
  acceptsTaxii,
  createCollectionStep,
  methodNotAllowed,
  requireReadable,
  requireVisible,
  requireWritable,
  sendsTaxii,
  signedInOrAnyOpen,
  signedInOrOpen,
} from './steps.ts';
import type { SubmissionService } from '../domain/submit.ts';

export interface TaxiiServices {
  readonly info: ServerInfo;
  readonly collections: readonly Collection[];
  readonly authenticate: RequestHandler;
  readonly requireSignedIn: RequestHandler;
  readonly pages: PageServices;
  readonly submissions: SubmissionService;
  readonly status: StatusServices;
}

/** The endpoints of TAXII 2.1: this is the table of contents of sections 4 and 5. */
export function createTaxiiRouter(services: TaxiiServices): Router {
  const { info, collections, authenticate } = services;
  const router = Router({ strict: false, caseSensitive: true });
  const byRoot = Map.groupBy(collections, ({ apiRoot }) => apiRoot);
  const roots = [...byRoot].map(([name, members]): ApiRoot => ({ name, collections: members }));
  router
    .route('/taxii2/')
    .get(authenticate, signedInOrAnyOpen(collections), acceptsTaxii, createDiscovery(info, roots))
    .all(methodNotAllowed('GET', 'HEAD'));
  for (const root of roots) addApiRoot(router, root, services);
  return router;
}

function addApiRoot(router: Router, root: ApiRoot, services: TaxiiServices): void {
  const { authenticate, pages, submissions, info, collections } = services;
  const base = `/${root.name}`;
  const elsewhere = new Set(collections.filter(({ apiRoot }) => apiRoot !== root.name).map(({ id }) => id));
  const objects = `${base}/collections/:collection/objects/`;
  const collection = createCollectionStep(root.collections);
  const signedIn = [authenticate, signedInOrAnyOpen(root.collections)];
  const below = [collection, authenticate, signedInOrOpen];
  const read = [...below, requireReadable, acceptsTaxii];
  const readOnly = methodNotAllowed('GET', 'HEAD');

  // The two that partners poll for ever come first: routes are tried in order.
  router
    .route(objects)
    .get(...read, createObjects(pages))
    .post(
      ...below,
      requireWritable,
      acceptsTaxii,
      sendsTaxii,
      createBodyStep(info.maxContentLengthBytes),
      createAddObjects(submissions),
    )
    .all(methodNotAllowed('GET', 'HEAD', 'POST'));
  router
    .route(`${base}/collections/:collection/manifest/`)
    .get(...read, createManifest(pages))
    .all(readOnly);
  router
    .route(`${base}/`)
    .get(...signedIn, acceptsTaxii, createApiRoot(info, root))
    .all(readOnly);
  router
    .route(`${base}/status/:status/`)
    .get(authenticate, services.requireSignedIn, acceptsTaxii, createStatus(services.status, elsewhere))
    .all(readOnly);
  router
    .route(`${base}/collections/`)
    .get(...signedIn, acceptsTaxii, createCollections(root.collections))
    .all(readOnly);
  router
    .route(`${base}/collections/:collection/`)
    .get(...below, requireVisible, acceptsTaxii, sendCollection)
    .all(readOnly);
  router
    .route(`${objects}:object/`)
    .get(...read, createObject(pages))
    .delete(
      ...below,
      requireReadable,
      requireWritable,
      acceptsTaxii,
      createDeleteObject(submissions, pages.limits.maxFilterValues),
    )
    .all(methodNotAllowed('GET', 'HEAD', 'DELETE'));
  router
    .route(`${objects}:object/versions/`)
    .get(...read, createVersions(pages))
    .all(readOnly);
}
