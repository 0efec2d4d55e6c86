import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { SpecVersion } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import type { CollectionId, StixId } from '../domain/ids.ts';
import type { VersionSelector } from '../domain/object-query.ts';
import type { Tick } from '../domain/timestamp.ts';

/** Which list a cursor goes on with. */
export type PagedEndpoint = 'objects' | 'object' | 'manifest' | 'versions';

/** Where a page ended, with the filters it was asked for. */
export interface Cursor {
  readonly after: Tick;
  readonly limit?: number;
  readonly ids?: readonly StixId[];
  readonly types?: readonly string[];
  readonly specVersions?: readonly SpecVersion[];
  readonly versions?: readonly VersionSelector[];
}

/** The list that a cursor belongs to; it is good for no other. */
export interface CursorScope {
  readonly collection: CollectionId;
  readonly endpoint: PagedEndpoint;
  readonly object?: StixId;
}

export interface CursorCodec {
  /** An opaque text for `next`: stateless, good for ever, with a MAC. */
  encode(scope: CursorScope, cursor: Cursor): string;
  /** @throws AppError `cursor.invalid` when it was not made here, or for another list */
  decode(scope: CursorScope, text: string): Cursor;
}

const MAC_BYTES = 16;

/** @param secret the deployment's secret, so that all its servers read each other's cursors */
export function createCursorCodec(secret: Uint8Array): CursorCodec {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'pollwatch cursor 1', 32));

  function macOf(scope: CursorScope, payload: string): string {
    const bound = JSON.stringify([scope.collection, scope.endpoint, scope.object ?? '', payload]);
    return createHmac('sha256', key).update(bound).digest().subarray(0, MAC_BYTES).toString('base64url');
  }

  return {
    encode(scope, cursor) {
      const payload = Buffer.from(JSON.stringify(cursor)).toString('base64url');
      return `1.${payload}.${macOf(scope, payload)}`;
    },
    decode(scope, text) {
      const [version, payload = '', mac = '', ...rest] = text.split('.', 4);
      // Compared as texts: several spellings of base64 have the same bytes.
      const given = Buffer.from(mac);
      const wanted = Buffer.from(macOf(scope, payload));
      const isOurs =
        version === '1' &&
        rest.length === 0 &&
        given.length === wanted.length &&
        timingSafeEqual(given, wanted);
      if (!isOurs) {
        throw new AppError('cursor.invalid', {
          detail: 'This "next" was not made for this list. Start again without it.',
        });
      }
      return parseCursor(payload);
    },
  };
}

/** The MAC says that we wrote it. */
function parseCursor(payload: string): Cursor {
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Cursor;
}
