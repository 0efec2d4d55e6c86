import type { Request } from 'express';
import type { ReadableCollection, WritableCollection } from '../domain/access.ts';
import type { Collection } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express names what may be added to a request like this.
  namespace Express {
    interface Request {
      /** The collection that the path names, if there is one; nobody may see it before `requireRead` or so. */
      namedCollection?: Collection | undefined;
      /** Set by the step that proved the right. */
      readableCollection?: ReadableCollection;
      writableCollection?: WritableCollection;
      /** The bytes of the body. */
      received?: Buffer;
    }
  }
}

function missing(what: string): AppError {
  return new AppError('internal', { cause: new Error(`the step that sets ${what} did not run`) });
}

/** @throws AppError `internal` when `requireReadable` did not run before */
export function readableOf(req: Request): ReadableCollection {
  if (!req.readableCollection) throw missing('readable');
  return req.readableCollection;
}

/** @throws AppError `internal` when `requireWritable` did not run before */
export function writableOf(req: Request): WritableCollection {
  if (!req.writableCollection) throw missing('writable');
  return req.writableCollection;
}

/** @throws AppError `internal` when `readBody` did not run before */
export function receivedOf(req: Request): Buffer {
  if (!req.received) throw missing('received');
  return req.received;
}

/** A parameter of the path. */
export function pathParameter(req: Request, name: string): string {
  const value = req.params[name];
  if (typeof value !== 'string') throw missing(name);
  return value;
}
