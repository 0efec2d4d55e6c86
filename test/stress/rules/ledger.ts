import { isDeepStrictEqual } from 'node:util';
import { requestsOf, type Outcome, type Posted, type Recorded, type Request } from '../history.ts';

/** Something that made a collection show a version, or may have. */
export interface Addition {
  readonly beginMs: number;
  readonly endMs: number;
  readonly digest: string;
  /** It was answered and carried out: it came about between its begin and its end. Else perhaps, at any time. */
  readonly isCertain: boolean;
}

/** Something that took a version out of a collection, or may have. */
export interface Removal {
  readonly beginMs: number;
  readonly endMs: number;
  readonly isCertain: boolean;
}

/** All that was done about one version in one collection. */
export interface Account {
  readonly collection: string;
  readonly key: string;
  readonly additions: readonly Addition[];
  readonly removals: readonly Removal[];
}

export interface Ledger {
  readonly accounts: readonly Account[];
  find(collection: string, key: string): Account | undefined;
  /** How many deletions were tried of any version of an object, answered or not. */
  countRemovals(collection: string, key: string): number;
}

/** An upload that was answered 202, with what became of it in the end. */
export interface Upload {
  readonly request: Request<{ readonly kind: 'post' } & Request['asked']>;
  /** The last that a status said. */
  readonly outcome: Outcome | undefined;
  /** When it was known to be carried out as a whole; Infinity when it never was. */
  readonly doneMs: number;
  /** What was complete was something else later on. */
  readonly hasChanged: boolean;
}

/** The uploads that were answered 202. */
export function readUploads(recorded: Recorded): readonly Upload[] {
  const statuses = new Map<number, Request[]>();
  for (const status of requestsOf(recorded, 'status')) {
    if (status.answered?.status !== 200) continue;
    const { post } = status.asked;
    statuses.set(post, [...(statuses.get(post) ?? []), status]);
  }
  return requestsOf(recorded, 'post')
    .filter(({ answered }) => answered?.status === 202)
    .map((request): Upload => {
      const said = [request, ...(statuses.get(request.n) ?? [])];
      const done = said.find(({ answered }) => answered?.outcome?.isComplete === true);
      const outcome = said.at(-1)?.answered?.outcome;
      return {
        request,
        outcome,
        hasChanged: done !== undefined && !isDeepStrictEqual(done.answered?.outcome, outcome),
        doneMs: done?.endMs ?? Number.POSITIVE_INFINITY,
      };
    });
}

export function idOf(key: string): string {
  return key.slice(0, key.indexOf(' '));
}

/** Markings and what they name come and go with the objects that they mark; nobody posted them. */
export function isBuiltIn(key: string): boolean {
  return /^(marking-definition|extension-definition|identity)--/.test(key);
}

function versionOf(key: string): string {
  return key.slice(key.indexOf(' ') + 1);
}

/** Adds up what was done about every version in every watched collection. */
export function createLedger(recorded: Recorded): Ledger {
  const found = new Map<string, { account: Account; additions: Addition[]; removals: Removal[] }>();
  const keysOf = new Map<string, Set<string>>();
  const placeOf = (collection: string, key: string): string => `${collection} ${key}`;
  const open = (collection: string, key: string): { additions: Addition[]; removals: Removal[] } => {
    const place = placeOf(collection, key);
    const known = found.get(place);
    if (known) return known;
    const additions: Addition[] = [];
    const removals: Removal[] = [];
    const opened = { account: { collection, key, additions, removals }, additions, removals };
    found.set(place, opened);
    const object = placeOf(collection, idOf(key));
    keysOf.set(object, (keysOf.get(object) ?? new Set()).add(key));
    return opened;
  };

  const firsts = new Map<string, Addition[]>();
  const add = (
    collection: string,
    to: string,
    { key, digest }: Posted,
    addition: Omit<Addition, 'digest'>,
  ): void => {
    const whole = { ...addition, digest };
    const { additions } = open(collection, key);
    if (to !== 'intake') additions.push(whole);
    else firsts.set(placeOf(collection, key), [...(firsts.get(placeOf(collection, key)) ?? []), whole]);
  };

  const uploads = new Map(readUploads(recorded).map((upload) => [upload.request.n, upload]));
  for (const { n, beginMs, asked } of requestsOf(recorded, 'post')) {
    const upload = uploads.get(n);
    const failed = new Set(upload?.outcome?.failures.map(([key]) => key));
    const endMs = upload?.doneMs ?? Number.POSITIVE_INFINITY;
    for (const posted of asked.objects) {
      if (failed.has(posted.key)) continue;
      for (const collection of posted.shownIn) {
        add(collection, asked.to, posted, { beginMs, endMs, isCertain: Number.isFinite(endMs) });
      }
    }
  }
  // What came through intake and was deleted does not come back by being sent to intake again.
  for (const [place, additions] of firsts) {
    for (const first of mergeFirsts(additions)) found.get(place)?.additions.push(first);
  }

  const tries = new Map<string, number>();
  for (const { beginMs, endMs, asked, answered } of requestsOf(recorded, 'delete')) {
    const object = placeOf(asked.from, asked.id);
    tries.set(object, (tries.get(object) ?? 0) + 1);
    const isCertain = answered?.status === 200 || answered?.status === 404;
    for (const key of keysOf.get(object) ?? []) {
      if (asked.version !== undefined && asked.version !== versionOf(key)) continue;
      const removal = { beginMs, endMs: isCertain ? endMs : Number.POSITIVE_INFINITY, isCertain };
      open(asked.from, key).removals.push(removal);
    }
  }
  return {
    accounts: [...found.values()].map(({ account }) => account),
    find: (collection, key) => found.get(placeOf(collection, key))?.account,
    countRemovals: (collection, key) => tries.get(placeOf(collection, idOf(key))) ?? 0,
  };
}

/** Of equal additions only the first that comes about does anything: together they are one. */
function mergeFirsts(additions: readonly Addition[]): readonly Addition[] {
  const byDigest = new Map<string, Addition>();
  for (const each of additions) {
    const known = byDigest.get(each.digest) ?? each;
    byDigest.set(each.digest, {
      digest: each.digest,
      beginMs: Math.min(known.beginMs, each.beginMs),
      endMs: Math.min(known.endMs, each.endMs),
      isCertain: known.isCertain || each.isCertain,
    });
  }
  return [...byDigest.values()];
}

/** Whether a collection may show the version when all is over. */
export function mayBeThere({ additions, removals }: Account): boolean {
  return additions.some(
    ({ endMs }) => !removals.some((removal) => removal.isCertain && removal.beginMs > endMs),
  );
}

/** Whether a collection may be without the version when all is over. */
export function mayBeGone({ additions, removals }: Account): boolean {
  const certain = additions.filter(({ isCertain }) => isCertain);
  return (
    certain.length === 0 || removals.some(({ endMs }) => !certain.some(({ beginMs }) => beginMs > endMs))
  );
}

/** Whether a request may have been shown the version. */
export function mayBeSeen({ additions, removals }: Account, { beginMs, endMs }: Request): boolean {
  const before = removals.filter((removal) => removal.isCertain && removal.endMs < beginMs);
  return additions.some(
    (addition) => addition.beginMs < endMs && !before.some((removal) => removal.beginMs > addition.endMs),
  );
}
