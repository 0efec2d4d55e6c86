import { openSync, closeSync, writeSync } from 'node:fs';
import type { Following } from '../process/poller.ts';

/** How a collection gets what it shows. */
export type Kind = 'plain' | 'released';

/** What a run was made of. */
export interface Run {
  readonly variant: string;
  readonly seed: number;
  readonly seconds: number;
  readonly writers: number;
  readonly servers: number;
  /** The collections that are watched. */
  readonly collections: Readonly<Record<string, Kind>>;
}

/** An object version by its key, and its content by a digest. */
export type Sight = readonly [key: string, digest: string];

/** An object version as it was posted. */
export interface Posted {
  readonly key: string;
  readonly digest: string;
  /** The watched collections that show it by the rules. */
  readonly shownIn: readonly string[];
}

export type Versions = 'all' | 'last' | 'first';

/** What was asked. */
export type Asked =
  | {
      readonly kind: 'post';
      readonly writer: number;
      readonly to: string;
      readonly objects: readonly Posted[];
    }
  | {
      readonly kind: 'delete';
      readonly writer: number;
      readonly from: string;
      readonly id: string;
      /** Absent: all versions. */
      readonly version?: string;
    }
  /** The status of an upload, by the number of the request that posted it. */
  | { readonly kind: 'status'; readonly post: number }
  | {
      readonly kind: 'page';
      readonly poller: string;
      readonly collection: string;
      readonly versions: Versions;
      readonly following: Following;
      /** The date after which it is asked, or that of the page before when `next` is sent. */
      readonly after?: string;
      readonly hasNext: boolean;
    }
  /** A page that was asked for before, or an object that was deleted: only what it shows counts. */
  | { readonly kind: 'look'; readonly collection: string; readonly path: string }
  /** What a collection holds when nothing is written any more. */
  | { readonly kind: 'final'; readonly collection: string; readonly versions: Versions | 'manifest' };

/** What became of the objects of an upload. */
export interface Outcome {
  readonly isComplete: boolean;
  readonly total: number;
  readonly successes: number;
  readonly pendings: number;
  readonly failures: readonly (readonly [key: string, message: string])[];
}

/**
 * Why there was no answer: the connection broke; the server was stopped and the client did not wait any longer; or
 * a server that nobody had stopped took longer than any answer may take.
 */
export type Loss = 'cut' | 'given up' | 'hang';

/** What was answered. */
export interface Answered {
  readonly status: number | Loss;
  readonly retryAfter?: string;
  readonly shown?: readonly Sight[];
  /** The dates of a manifest's records. */
  readonly dates?: readonly string[];
  readonly first?: string;
  readonly last?: string;
  readonly more?: boolean;
  readonly outcome?: Outcome;
  /** The beginning of an answer that nobody expected. */
  readonly text?: string;
}

/** What the demon did, and to which server. */
export interface Deed {
  readonly action:
    'kill' | 'up' | 'stop' | 'continue' | 'clock' | 'died' | 'database down' | 'database up' | 'over';
  readonly server?: number;
  readonly offsetMs?: number;
}

/** One line of a history; `at` is milliseconds of one clock that only rises. */
export type Line =
  | { readonly run: Run }
  | { readonly at: number; readonly n: number; readonly server: number; readonly asked: Asked }
  | { readonly at: number; readonly n: number; readonly answered: Answered }
  | { readonly at: number; readonly deed: Deed };

/** Where everything that happens is written down, as it happens. */
export interface History {
  readonly file: string;
  begin(server: number, asked: Asked): number;
  end(n: number, answered: Answered): void;
  note(deed: Deed): void;
  close(): void;
}

/** Writes one line of JSON for each event, so that a run that breaks off leaves all that happened. */
export function createHistory(file: string, run: Run): History {
  const descriptor = openSync(file, 'w');
  let count = 0;
  const write = (line: Line): void => void writeSync(descriptor, `${JSON.stringify(line)}\n`);
  const now = (): number => Math.round(performance.now() * 1000) / 1000;
  write({ run });
  return {
    file,
    begin(server, asked) {
      count += 1;
      write({ at: now(), n: count, server, asked });
      return count;
    },
    end: (n, answered) => write({ at: now(), n, answered }),
    note: (deed) => write({ at: now(), deed }),
    close: () => closeSync(descriptor),
  };
}

/** A request with its answer, if one came. */
export interface Request<A extends Asked = Asked> {
  readonly n: number;
  readonly server: number;
  readonly beginMs: number;
  /** Infinity when there was no whole answer: what was asked may still come about at any time. */
  readonly endMs: number;
  readonly asked: A;
  readonly answered?: Answered;
}

/** A history that was read again. */
export interface Recorded {
  readonly run: Run;
  readonly requests: readonly Request[];
  readonly deeds: readonly (Deed & { readonly at: number })[];
}

/** Reads what `createHistory` wrote; a last line that was cut off is left out. */
export function parseHistory(text: string): Recorded {
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n').map(parseLine);
  const requests = new Map<number, Request>();
  const deeds: (Deed & { readonly at: number })[] = [];
  let run: Run | undefined;
  for (const line of lines) {
    if ('run' in line) run = line.run;
    else if ('deed' in line) deeds.push({ ...line.deed, at: line.at });
    else if ('asked' in line) {
      const { n, server, asked, at } = line;
      requests.set(n, { n, server, asked, beginMs: at, endMs: Number.POSITIVE_INFINITY });
    } else {
      const { n, answered, at } = line;
      const begun = requests.get(n);
      if (!begun) throw new Error(`request ${n} was answered and never asked`);
      const endMs = typeof answered.status === 'number' ? at : Number.POSITIVE_INFINITY;
      requests.set(n, { ...begun, answered, endMs });
    }
  }
  if (!run) throw new Error('this is no history of a run');
  return { run, requests: [...requests.values()], deeds };
}

function parseLine(text: string): Line {
  return JSON.parse(text) as Line;
}

/** The requests of one kind, in the order in which they began. */
export function requestsOf<K extends Asked['kind']>(
  { requests }: Recorded,
  kind: K,
): readonly Request<Extract<Asked, { readonly kind: K }>>[] {
  const isKind = (request: Request): request is Request<Extract<Asked, { readonly kind: K }>> =>
    request.asked.kind === kind;
  return requests.filter(isKind);
}
