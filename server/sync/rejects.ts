import { createHash } from 'node:crypto';
import type { FeedReject } from '../domain/feed.ts';
import type { Tick } from '../domain/timestamp.ts';

/** An object that a partner did not take. */
export interface Refused {
  readonly id: string;
  readonly version: string | undefined;
  /** As we hold it, when that is known. */
  readonly text: string | undefined;
}

/**
 * The reject of one object.
 * @param maxBytes of an original that is kept
 */
export function toReject(refused: Refused, reason: string, at: Tick, maxBytes: number): FeedReject {
  const { id, version, text } = refused;
  const shownId = toPrintable(id, MAX_NAME);
  const isKept = text !== undefined && Buffer.byteLength(text) <= maxBytes;
  return {
    key: digest(text ?? `${id} ${version ?? ''}`),
    at,
    ...(shownId === '' ? {} : { id: shownId }),
    ...(version === undefined ? {} : { version: toPrintable(version, MAX_NAME) }),
    reason,
    ...(isKept ? { original: text } : {}),
  };
}

/** Says that it is not known what became of some objects, once for each status resource. */
export function toUnknownOutcome(status: string, reason: string, at: Tick): FeedReject {
  return { key: digest(`status ${status}`), at, reason };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const MAX_NAME = 200;
const MAX_MESSAGE = 500;
const UNSHOWN = /[\s\p{C}]+/gu;

/** What a partner wrote, for people: on one line, without what a terminal would obey, and no longer than that. */
export function toPrintable(text: string, maxLength: number = MAX_MESSAGE): string {
  // Cut first: a partner's text may be as long as an answer may be.
  const isCut = text.length > maxLength;
  const shown = (isCut ? text.slice(0, maxLength - 1) : text).replaceAll(UNSHOWN, ' ').trim();
  return isCut ? `${shown}…` : shown;
}
