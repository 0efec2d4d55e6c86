import { requestsOf, type Recorded, type Request, type Sight } from '../history.ts';
import { difference, type Final } from './finals.ts';
import { idOf, isBuiltIn, mayBeSeen, type Ledger } from './ledger.ts';

type Page = ReturnType<typeof pagesOf>[number];

function pagesOf(recorded: Recorded): readonly Request<Extract<Request['asked'], { kind: 'page' }>>[] {
  return requestsOf(recorded, 'page').filter(({ answered }) => answered?.status === 200);
}

/** No request shows a version before it was sent, or when it began after the answer to its DELETE. */
export function findLeaks(recorded: Recorded, ledger: Ledger): readonly string[] {
  return recorded.requests.flatMap((request) => {
    const { asked, answered, n } = request;
    if (asked.kind !== 'page' && asked.kind !== 'look' && asked.kind !== 'final') return [];
    return (answered?.shown ?? []).flatMap(([key, digest]) => {
      if (isBuiltIn(key)) return [];
      const account = ledger.find(asked.collection, key);
      if (!account || !mayBeSeen(account, request)) {
        return `request ${n} (${asked.kind}) was shown ${key} of ${asked.collection}, which was not there`;
      }
      const isKnown = digest === '' || account.additions.some((addition) => addition.digest === digest);
      return isKnown
        ? []
        : `request ${n} was shown ${key} of ${asked.collection} with a content that was not taken`;
    });
  });
}

/** Every poller holds what the collection holds, once and in its order; its pages go on where the last one ended. */
export function findWrongPollers(
  recorded: Recorded,
  finals: readonly Final[],
  ledger: Ledger,
): readonly string[] {
  const pollers = Map.groupBy(pagesOf(recorded), ({ asked }) => asked.poller);
  return [...pollers].flatMap(([poller, pages]) => [
    ...findWrongDates(poller, pages),
    ...findRepeats(poller, pages, ledger),
    ...findMissed(poller, pages, finals),
  ]);
}

/** The dates of pages rise strictly, from each page to the next and within each. */
function findWrongDates(poller: string, pages: readonly Page[]): readonly string[] {
  return pages.flatMap(({ n, asked, answered }) => {
    const { shown = [], first, last } = answered ?? {};
    if (shown.length === 0) return [];
    if (first === undefined || last === undefined) return [`request ${n} of ${poller} has no dates`];
    const isAfter = asked.after === undefined || toMicros(first) > toMicros(asked.after);
    const rises = shown.length === 1 ? first === last : first < last;
    return isAfter && rises
      ? []
      : [
          `request ${n} of ${poller}: ${shown.length} objects from ${first} to ${last} after ${asked.after ?? '-'}`,
        ];
  });
}

/** To the microsecond, so that dates with fewer digits compare. */
function toMicros(date: string): string {
  const [whole = '', fraction = ''] = date.replace('Z', '').split('.');
  return `${whole}.${fraction.padEnd(6, '0')}`;
}

/** Only a version that came back, through a DELETE or after one, is got once more. */
function findRepeats(poller: string, pages: readonly Page[], ledger: Ledger): readonly string[] {
  const times = new Map<string, number>();
  const collection = pages[0]?.asked.collection ?? '';
  let before: Page | undefined;
  let lastKey = '';
  let againUntil = '';
  for (const page of pages) {
    const { last = '' } = before?.answered ?? {};
    if (!page.asked.hasNext) againUntil = before && isCutShort(before, lastKey, page, ledger) ? last : '';
    const isAgain = (page.answered?.first ?? '') <= againUntil;
    for (const [key] of page.answered?.shown ?? []) {
      if (!isAgain || !times.has(key)) times.set(key, (times.get(key) ?? 0) + 1);
    }
    before = page;
    lastKey = page.answered?.shown?.at(-1)?.[0] ?? lastKey;
  }
  return [...times]
    .filter(([key, count]) => !isBuiltIn(key) && count > 1 + ledger.countRemovals(collection, key))
    .map(([key, count]) => `${poller} got ${key} ${count} times`);
}

/**
 * Whether who cuts dates to milliseconds may get the end of a batch once more: its last entry, on a whole
 * millisecond, was deleted. An entry of the same batch was added in the same moment.
 */
function isCutShort(before: Page, lastKey: string, page: Page, ledger: Ledger): boolean {
  const { last = '' } = before.answered ?? {};
  const { following, hasNext, collection } = page.asked;
  if (!following.includes('cut') || hasNext || last.endsWith('000Z')) return false;
  const additions = ledger.find(collection, lastKey)?.additions ?? [];
  return ledger.accounts.some(
    (other) =>
      other.collection === collection &&
      other.removals.some(({ beginMs }) => beginMs < before.endMs) &&
      other.additions.some((a) => additions.some((b) => a.beginMs < b.endMs && b.beginMs < a.endMs)),
  );
}

/** What a client that keeps the latest it got of each version, or object, holds of what is there in the end. */
function findMissed(poller: string, pages: readonly Page[], finals: readonly Final[]): readonly string[] {
  const { collection, versions } = pages[0]?.asked ?? {};
  const final = finals.find((each) => each.collection === collection);
  if (!final || versions === undefined) return [`nobody knows what ${poller} should hold`];
  const held = new Map<string, Sight>();
  for (const { answered } of pages) {
    for (const sight of answered?.shown ?? []) {
      const name = versions === 'all' ? sight[0] : idOf(sight[0]);
      // What comes later takes a later place.
      held.delete(name);
      held.set(name, sight);
    }
  }
  const wanted = final[versions];
  const present = new Set(versions === 'all' ? wanted.map(([key]) => key) : wanted.map(([key]) => idOf(key)));
  const left = [...held].filter(([name]) => present.has(name)).map(([, sight]) => sight);
  return difference(poller, left, wanted);
}
