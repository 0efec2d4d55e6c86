import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import type { CacheCounts } from '../ops/cache-counts.ts';

const compress = promisify(gzip);
/** Below this many bytes compressing costs more than it saves. */
const MIN_COMPRESSED = 1024;
/** What an entry costs besides its bytes. */
const OVERHEAD = 512;

/** One answer to a list, as bytes, ready to be sent any number of times. */
export interface Page {
  readonly body: Buffer;
  readonly etag: string;
  /** ETag, and X-TAXII-Date-Added-First and -Last where there is something to say. */
  readonly headers: Readonly<Record<string, string>>;
  /** Compressed once, when first asked for; absent when the page is too small for it to pay. */
  gzipped(): Promise<Buffer> | undefined;
}

/** @param identity what makes the page this page: its list, its query, its ticks and the collection's generation */
export function createPage(body: Buffer, identity: string, dates: { first?: string; last?: string }): Page {
  let compressed: Promise<Buffer> | undefined;
  const etag = hash('sha256', identity, 'base64url').slice(0, 22);
  const headers: Record<string, string> = { ETag: `"${etag}"` };
  if (dates.first !== undefined) headers['X-TAXII-Date-Added-First'] = dates.first;
  if (dates.last !== undefined) headers['X-TAXII-Date-Added-Last'] = dates.last;
  return {
    body,
    etag,
    headers,
    gzipped() {
      if (body.byteLength < MIN_COMPRESSED) return undefined;
      compressed ??= compress(body);
      return compressed;
    },
  };
}

export interface PageCache {
  /** The page that was built for this key at this generation, if it is still kept. */
  find(key: string, generation: number): Page | undefined;
  keep(key: string, generation: number, page: Page): void;
}

interface Kept {
  readonly generation: number;
  readonly page: Page;
}

/**
 * Keeps pages in at most so many bytes. A page counts only for the generation of its collection at which it was
 * built; who may see it is asked before, on every request.
 * @param maxBytes 0 keeps nothing
 * @param counts what is found and what is not is counted there
 */
export function createPageCache(maxBytes: number, counts?: CacheCounts): PageCache {
  if (maxBytes === 0) return { find: () => undefined, keep: () => undefined };
  const pages = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    // The compressed form comes later and is at most about as large again.
    sizeCalculation: ({ page }, key) => page.body.byteLength * 2 + key.length * 2 + OVERHEAD,
    ...(counts ? { dispose: (_page: Kept, _key: string, why: string) => countEviction(counts, why) } : {}),
  });
  return {
    find(key, generation) {
      const kept = pages.get(key);
      const page = kept?.generation === generation ? kept.page : undefined;
      if (counts) {
        if (page) counts.hits += 1;
        else counts.misses += 1;
      }
      return page;
    },
    keep(key, generation, page) {
      pages.set(key, { generation, page });
    },
  };
}

/** A page that another one replaces does not count. */
function countEviction(counts: CacheCounts, why: string): void {
  if (why === 'evict') counts.evictions += 1;
}
