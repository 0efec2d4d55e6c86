import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import {
  canRead,
  isVisible,
  requireRead,
  requireWrite,
  ANONYMOUS,
  type Principal,
} from '../domain/access.ts';
import type { Collection } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import { pathParameter } from './exchange.ts';
import { isAcceptable, isTaxiiContent } from './media.ts';

/** The collections of one API root, found by id or alias. */
export function createCollectionStep(collections: readonly Collection[]): RequestHandler {
  const byName = new Map<string, Collection>();
  for (const collection of collections) {
    byName.set(collection.alias, collection);
    byName.set(collection.id, collection);
  }
  return (req, _res, next) => {
    req.namedCollection = byName.get(pathParameter(req, 'collection'));
    next();
  };
}

/** Lets anonymous callers on only where a collection is granted to them (design: order of checks). */
function requireSignedInUnless(isOpen: boolean, principal: Principal): void {
  if (principal.kind === 'anonymous' && !isOpen) throw new AppError('auth.required');
}

/** For a path below a collection: missing credentials are 401 unless that collection is granted to `anonymous`. */
export const signedInOrOpen: RequestHandler = (req, _res, next) => {
  const collection = req.namedCollection;
  requireSignedInUnless(collection !== undefined && canRead(ANONYMOUS, collection), principalOf(req));
  next();
};

/** For a path above collections: missing credentials are 401 unless one of them is granted to `anonymous`. */
export function signedInOrAnyOpen(collections: readonly Collection[]): RequestHandler {
  const isOpen = collections.some((collection) => canRead(ANONYMOUS, collection));
  return (req, _res, next) => {
    requireSignedInUnless(isOpen, principalOf(req));
    next();
  };
}

/** @throws AppError `collection.not-found` for a collection that the caller may neither read nor write */
export const requireVisible: RequestHandler = (req, _res, next) => {
  const collection = req.namedCollection;
  if (!collection || !isVisible(principalOf(req), collection)) throw new AppError('collection.not-found');
  next();
};

/** The right to read (TAXII 2.1, 5.4): 404 when hidden, 403 when it can only be written. */
export const requireReadable: RequestHandler = (req, _res, next) => {
  if (!req.namedCollection) throw new AppError('collection.not-found');
  req.readableCollection = requireRead(principalOf(req), req.namedCollection);
  next();
};

/** The right to write (TAXII 2.1, 5.5): 404 when hidden, 403 when it can only be read. */
export const requireWritable: RequestHandler = (req, _res, next) => {
  if (!req.namedCollection) throw new AppError('collection.not-found');
  req.writableCollection = requireWrite(principalOf(req), req.namedCollection);
  next();
};

/** @throws AppError `media.not-acceptable` (TAXII 2.1, 1.6.8) */
export const acceptsTaxii: RequestHandler = (req, _res, next) => {
  if (!isAcceptable(req.headers.accept)) {
    throw new AppError('media.not-acceptable', { detail: 'Ask for application/taxii+json;version=2.1.' });
  }
  next();
};

/** @throws AppError `media.unsupported` (TAXII 2.1, 1.6.8) */
export const sendsTaxii: RequestHandler = (req, _res, next) => {
  if (!isTaxiiContent(req.headers['content-type'])) {
    throw new AppError('media.unsupported', { detail: 'Send application/taxii+json;version=2.1.' });
  }
  const coding = req.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new AppError('media.unsupported', { detail: 'Send the body without a content coding.' });
  }
  next();
};

/** For a path that exists, with a method that it does not have. */
export function methodNotAllowed(...allow: readonly string[]): RequestHandler {
  return () => {
    throw new AppError('route.method-not-allowed', {
      allow,
      detail: `This resource has ${allow.join(', ')}.`,
    });
  };
}
