import { requestsOf, type Recorded, type Sight, type Versions } from '../history.ts';
import { idOf, isBuiltIn, mayBeGone, mayBeThere, type Account, type Ledger } from './ledger.ts';

/** What a collection holds in the end, in its order. */
export interface Final {
  readonly collection: string;
  readonly all: readonly Sight[];
  readonly last: readonly Sight[];
  readonly first: readonly Sight[];
  readonly manifest: readonly (readonly [key: string, date: string])[];
}

/** Joins the pages that were read in the end. */
export function readFinals(recorded: Recorded): readonly Final[] {
  const pages = requestsOf(recorded, 'final').filter(({ answered }) => answered?.status === 200);
  return Object.keys(recorded.run.collections).map((collection) => {
    const of = (versions: Versions | 'manifest'): typeof pages =>
      pages.filter(({ asked }) => asked.collection === collection && asked.versions === versions);
    const shownBy = (versions: Versions): readonly Sight[] =>
      of(versions).flatMap(({ answered }) => answered?.shown ?? []);
    const manifest = of('manifest').flatMap(({ answered }) =>
      (answered?.shown ?? []).map(([key], index) => [key, answered?.dates?.[index] ?? ''] as const),
    );
    return { collection, all: shownBy('all'), last: shownBy('last'), first: shownBy('first'), manifest };
  });
}

/** Everything that has to be there is there once, with the content that was sent, and nothing else is. */
export function findWrongHoldings(finals: readonly Final[], ledger: Ledger): readonly string[] {
  const faults: string[] = [];
  for (const { collection, all } of finals) {
    const held = new Map(all);
    if (held.size !== all.length) faults.push(`${collection} shows something more than once`);
    for (const [key, digest] of all) {
      if (isBuiltIn(key)) continue;
      const account = ledger.find(collection, key);
      if (!account || !mayBeThere(account))
        faults.push(`${collection} shows ${key}, which should not be there`);
      else if (!takenContents(account).some((content) => content === digest)) {
        faults.push(`${collection} shows ${key} with a content that nobody sent, or that was refused`);
      }
    }
    for (const account of ledger.accounts) {
      if (account.collection !== collection || held.has(account.key) || mayBeGone(account)) continue;
      faults.push(`${account.key} is lost from ${collection}`);
    }
  }
  return faults;
}

/** What was said to be a success counts; where nothing was said, anything that was sent may have come first. */
function takenContents({ additions, removals }: Account): readonly string[] {
  const certain = additions.filter(({ isCertain }) => isCertain);
  return (removals.length > 0 || certain.length === 0 ? additions : certain).map(({ digest }) => digest);
}

/** `last`, `first` and the manifest are what all versions say they are. */
export function findWrongViews(finals: readonly Final[]): readonly string[] {
  return finals.flatMap(({ collection, all, last, first, manifest }) => {
    const dates = manifest.map(([, date]) => date);
    return [
      ...difference(
        `last of ${collection}`,
        last,
        keepOne(all, (a, b) => a > b),
      ),
      ...difference(
        `first of ${collection}`,
        first,
        keepOne(all, (a, b) => a < b),
      ),
      ...difference(
        `manifest of ${collection}`,
        manifest.map(([key]) => [key, '']),
        all.map(([key]) => [key, '']),
      ),
      ...dates
        .filter((date, index) => index > 0 && date <= (dates[index - 1] ?? ''))
        .map((date) => `the dates of ${collection} do not rise at ${date}`),
    ];
  });
}

/** Keeps one version of each object. The keys of one object differ in the time alone. */
function keepOne(all: readonly Sight[], isBetter: (key: string, than: string) => boolean): readonly Sight[] {
  const kept = new Map<string, string>();
  for (const [key] of all) {
    const other = kept.get(idOf(key));
    if (other === undefined || isBetter(key, other)) kept.set(idOf(key), key);
  }
  return all.filter(([key]) => kept.get(idOf(key)) === key);
}

/** What two lists differ in, in words. */
export function difference(
  what: string,
  found: readonly Sight[],
  wanted: readonly Sight[],
): readonly string[] {
  const toText = ([key, digest]: Sight): string => `${key} ${digest}`;
  const foundTexts = found.map(toText);
  const wantedTexts = wanted.map(toText);
  const foundSet = new Set(foundTexts);
  const wantedSet = new Set(wantedTexts);
  const missing = wantedTexts.filter((text) => !foundSet.has(text));
  const extra = foundTexts.filter((text) => !wantedSet.has(text));
  const faults: string[] = [];
  if (missing.length > 0)
    faults.push(`${what}: missing are ${String(missing.length)}: ${missing.slice(0, 5).join(', ')}`);
  if (extra.length > 0)
    faults.push(`${what}: too many are ${String(extra.length)}: ${extra.slice(0, 5).join(', ')}`);
  if (faults.length > 0) return faults;
  const at = wantedTexts.findIndex((text, index) => text !== foundTexts[index]);
  if (at >= 0) return [`${what}: the order differs from ${wantedTexts[at] ?? ''} on`];
  return found.length === wanted.length ? [] : [`${what}: something is there twice`];
}
