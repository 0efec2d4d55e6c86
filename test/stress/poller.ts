import type { Following } from '../process/poller.ts';
import type { Progress } from '../process/progress.ts';
import type { Call, Client } from './client.ts';
import type { Versions } from './history.ts';
import type { Random } from './stock.ts';

export interface Polling {
  readonly client: Client;
  readonly collection: string;
  readonly user: string;
  readonly versions: Versions;
  readonly following: Following;
  readonly limit: number;
  readonly progress: Progress;
  readonly random: Random;
  /** Whether nothing more will be written. */
  readonly isOver: () => boolean;
}

/** One poll in so many is followed by the same one once more, perhaps on another server. */
const AGAIN = 6;
/** A poller that found nothing waits until so many things happened, or fewer. */
const MOST_STEPS = 12;

/** Polls until there is nothing new and nothing more to come. What it got stands in the history. */
export async function poll(polling: Polling): Promise<void> {
  const { client, following, versions, progress, random, collection } = polling;
  const poller = `${collection}, ${versions}, ${following}`;
  let after: string | undefined;
  let next: string | undefined;
  let lastDate: string | undefined;
  const seenKeys = new Set<string>();
  for (;;) {
    const wasOver = polling.isOver();
    const seen = progress.count;
    const path = `/feed/collections/${collection}/objects/?${toQuery(polling, after, next)}`;
    const from = next === undefined ? after : lastDate;
    const call: Call = {
      asked: {
        ...{ kind: 'page', poller, collection, versions, following, hasNext: next !== undefined },
        ...(from === undefined ? {} : { after: from }),
      },
      ...{ method: 'GET', path, user: polling.user },
    };
    const reply = await client.ask(call);
    // What is wrong with it is found in the history.
    if (reply.status !== 200) return;
    next = following === 'the header' ? undefined : reply.next;
    lastDate = reply.last ?? lastDate;
    if (next === undefined) after = following.includes('cut') ? cut(reply.last) : reply.last;
    if (random(AGAIN) === 0) await client.ask({ ...call, asked: { kind: 'look', collection, path } });
    const before = seenKeys.size;
    for (const [key] of reply.shown ?? []) seenKeys.add(key);
    // Who only gets the same again waits, too.
    if (reply.more === true || seenKeys.size > before) continue;
    if (wasOver) return;
    await progress.past(seen + random(MOST_STEPS));
  }
}

function toQuery({ versions, limit }: Polling, after: string | undefined, next: string | undefined): string {
  const query = new URLSearchParams({
    // What is not said is the default.
    ...(versions === 'last' ? {} : { 'match[version]': versions }),
    limit: String(limit),
    ...(after === undefined ? {} : { added_after: after }),
    ...(next === undefined ? {} : { next }),
  });
  return query.toString();
}

function cut(date: string | undefined): string | undefined {
  return date === undefined ? undefined : new Date(date).toISOString();
}
