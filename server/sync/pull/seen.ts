import { createHash } from 'node:crypto';
import type { RawObject } from '../../stix/read-objects.ts';

/** What objects are remembered by. */
export function toPrints(objects: readonly RawObject[]): readonly string[] {
  return objects.map(({ text }) => createHash('sha256').update(text).digest('base64'));
}

/** Remembers what was read last, so that progress can be told from repetition. */
export interface Seen {
  /** @returns how many were not there before */
  add(prints: readonly string[]): number;
  /** Forgets everything but these. */
  keep(prints: readonly string[]): void;
}

/** More than one answer may have; beyond it only the last page is remembered. */
const MAX_REMEMBERED = 100_000;

export function createSeen(): Seen {
  let known = new Set<string>();
  return {
    add(prints) {
      const before = known.size;
      for (const print of prints) known.add(print);
      const fresh = known.size - before;
      if (known.size > MAX_REMEMBERED) known = new Set(prints);
      return fresh;
    },
    keep(prints) {
      known = new Set(prints);
    },
  };
}
