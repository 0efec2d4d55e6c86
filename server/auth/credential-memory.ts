import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { SignedIn } from '../domain/access.ts';
import type { Clock, Ids } from '../domain/ids.ts';
import { MICROS_PER_SECOND, type Tick } from '../domain/timestamp.ts';
import type { CacheCounts } from '../ops/cache-counts.ts';
import type { DirectoryStore } from '../storage/port.ts';
import type { Verified } from './verify.ts';

export interface CredentialMemoryOptions {
  readonly directory: Pick<DirectoryStore, 'directoryGeneration'>;
  readonly clock: Clock;
  readonly ids: Pick<Ids, 'secret'>;
  readonly rememberSeconds?: number;
  readonly maxEntries?: number;
  /** What is remembered and what is not is counted there. */
  readonly counts?: CacheCounts | undefined;
}

export interface CredentialMemory {
  /**
   * Who sends this Authorization header. Known ones are answered from memory; others are given to `verify`, once for
   * all requests that ask at the same time. Everything is forgotten when the directory changed.
   * @returns undefined when `verify` found the credential wrong; what `verify` throws is thrown.
   */
  signIn(header: string, verify: () => Promise<Verified | undefined>): Promise<SignedIn | undefined>;
  /** How many are remembered; never more than `maxEntries`. */
  readonly size: number;
}

interface Entry extends Verified {
  readonly rememberedAt: Tick;
}

/** Makes a memory for verified credentials: `rememberSeconds` (60) long, at most `maxEntries` (10,000) of them. */
export function createCredentialMemory(options: CredentialMemoryOptions): CredentialMemory {
  const { directory, clock, ids, rememberSeconds = 60, maxEntries = 10_000, counts } = options;
  // The key is a salted hash, so that a dump of the memory holds no credential.
  const salt = Buffer.from(ids.secret(32)).toString('hex');
  const entries = new LRUCache<string, Entry>({ max: maxEntries });
  const flights = new Map<string, Promise<Verified | undefined>>();
  let seen: number | undefined;

  function isFresh(entry: Entry): boolean {
    const now = clock.now();
    // The wall clock may go back; an entry must not live longer because of that.
    if (now < entry.rememberedAt || now >= entry.rememberedAt + rememberSeconds * MICROS_PER_SECOND)
      return false;
    return entry.expiresAt === undefined || now < entry.expiresAt;
  }

  async function verifyAndRemember(
    key: string,
    generation: number,
    verify: () => Promise<Verified | undefined>,
  ): Promise<Verified | undefined> {
    const verified = await verify();
    // What was verified against an older directory may be wrong by now.
    if (verified && seen === generation) entries.set(key, { ...verified, rememberedAt: clock.now() });
    return verified;
  }

  /** @returns the directory's generation */
  async function forgetWhenChanged(): Promise<number> {
    const generation = await directory.directoryGeneration();
    if (generation !== seen) {
      entries.clear();
      flights.clear();
      seen = generation;
    }
    return generation;
  }

  return {
    async signIn(header, verify) {
      const generation = await forgetWhenChanged();
      const key = hash('sha256', salt + header, 'base64');
      const entry = entries.get(key);
      if (entry && isFresh(entry)) {
        if (counts) counts.hits += 1;
        return entry.signedIn;
      }
      if (counts) counts.misses += 1;
      if (entry) entries.delete(key);

      const underway = flights.get(key);
      if (underway) {
        const verified = await underway.catch(() => undefined);
        // A failure belongs to one request alone: each has to be counted by the throttle.
        return (verified ?? (await verifyAndRemember(key, generation, verify)))?.signedIn;
      }
      const flight = verifyAndRemember(key, generation, verify);
      flights.set(key, flight);
      try {
        return (await flight)?.signedIn;
      } finally {
        if (flights.get(key) === flight) flights.delete(key);
      }
    },
    get size() {
      return entries.size;
    },
  };
}
