import assert from 'node:assert/strict';
import { keyOf, type Feed, type StixObject } from './feed.ts';
import type { Progress } from './progress.ts';

/** How a client finds the next page, and where it goes on when there is none. */
export type Following =
  | 'next'
  | 'the header'
  // As a client does whose dates have milliseconds only.
  | 'next, then the header cut to milliseconds';

export interface Polling {
  readonly feed: Feed;
  readonly collection: string;
  readonly user: string;
  readonly following: Following;
  readonly limit: number;
  readonly progress: Progress;
  /** Whether nothing more will be written. */
  readonly isOver: () => boolean;
}

/** Polls all versions until there is nothing new and nothing more to come. @returns what it holds, in order */
export async function poll(polling: Polling): Promise<readonly StixObject[]> {
  const { feed, following, progress } = polling;
  const held: StixObject[] = [];
  const keys = new Set<string>();
  let after: string | undefined;
  let next: string | undefined;
  for (;;) {
    const wasOver = polling.isOver();
    const seen = progress.count;
    const { status, resource, dateAddedLast } = await feed.ask({
      path: `/feed/collections/${polling.collection}/objects/?${toQuery(polling.limit, after, next)}`,
      user: polling.user,
    });
    assert.equal(status, 200, JSON.stringify(resource));
    const objects = resource.objects ?? [];
    for (const each of objects) {
      assert.ok(!keys.has(keyOf(each)), `who follows ${following} got ${keyOf(each)} twice`);
      keys.add(keyOf(each));
      held.push(each);
    }
    next = following === 'the header' ? undefined : resource.next;
    if (next === undefined) after = following.includes('cut') ? cut(dateAddedLast) : dateAddedLast;
    if (resource.more === true || objects.length > 0) continue;
    if (wasOver) return held;
    await progress.past(seen);
  }
}

function toQuery(limit: number, after: string | undefined, next: string | undefined): string {
  const query = new URLSearchParams({
    'match[version]': 'all',
    limit: String(limit),
    ...(after === undefined ? {} : { added_after: after }),
    ...(next === undefined ? {} : { next }),
  });
  return query.toString();
}

function cut(date: string | undefined): string | undefined {
  return date === undefined ? undefined : new Date(date).toISOString();
}
