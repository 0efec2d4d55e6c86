import type { SeenRequest } from './request-log.ts';

/** What a partner does wrong, or in its own way. Everything absent is as the specification has it. */
export interface Behaviour {
  /** Objects on a page at most; 100 unless told. */
  readonly pageSize?: number;
  /**
   * `left-out`: never there. `integer`: a number. `empty`: an empty text. `repeats`: leads to the page that it came
   * with, always. `cycles`: the third page's leads to the first. `refused`: 400 for every one. `always`: also on the
   * last page, and leads to an empty one. `kept`: one for the whole chain, that leads on each time (medallion).
   */
  readonly next?: 'left-out' | 'integer' | 'empty' | 'repeats' | 'cycles' | 'refused' | 'always' | 'kept';
  /** A `next` is refused with 400 after so many pages of its chain. */
  readonly nextLivesFor?: number;
  /** `left-out`: never said, also when there is more. `always`: said on the last page too, without `next`. */
  readonly more?: 'left-out' | 'always';
  /** So many empty pages with `more` come before each page but the first. */
  readonly emptyPages?: number;
  /** Each page comes so many times more, by `next`. */
  readonly repeatedPages?: number;
  /**
   * The X-headers. `backwards`: each page's are an hour before those of the page before. `future`: a thousand years
   * ahead.
   */
  readonly dates?: 'missing' | 'invalid' | 'empty' | 'backwards' | 'future';
  /** How `date_added` is written, in headers and the manifest; microseconds unless told. */
  readonly precision?: Precision;
  /** How `date_added` is compared with `added_after`: cut to this. */
  readonly comparesIn?: Precision;
  readonly addedAfter?: 'inclusive' | 'ignored';
  /** The order of objects; by `date_added` unless told. */
  readonly order?: 'newest-first';
  readonly apiRoots?: 'relative';
  /** How an envelope without objects is written: `{}` unless told. */
  readonly empty?: 'empty-list' | 'more-false';
  /** `exact`: 406 unless Accept is `application/taxii+json;version=2.1` to the letter. */
  readonly accept?: 'exact';
  /** 400 for `added_after` with a fraction. */
  readonly refusesFractions?: boolean;
  /** 400 for `match[version]`. */
  readonly refusesVersions?: boolean;
  /** Shows the last version alone, whatever is asked for. */
  readonly showsLastVersions?: boolean;
  /** The manifest is not there. */
  readonly hasNoManifest?: boolean;
  /** What the Date header says, in milliseconds; when the last object was added, unless told. False leaves it out. */
  readonly clockMs?: (() => number) | false;
  /** The largest body that POST takes, in bytes. */
  readonly maxContentLength?: number;
  /** The API root does not say `max_content_length`. */
  readonly hidesMaxContentLength?: boolean;
  /** A posted envelope is pending for so many questions after its status; `Infinity` for ever. */
  readonly pendingPolls?: number;
  /** Why the partner does not take an object; undefined when it does. */
  readonly refusesObject?: (object: PostedObject) => string | undefined;
  /** The status of the answer to a whole envelope that it does not take. */
  readonly refusesEnvelope?: (objects: readonly PostedObject[]) => number | undefined;
  /** Asked before each answer; here a test may also change what the partner holds. */
  readonly fault?: (request: SeenRequest) => Fault | undefined;
}

/** Of a timestamp; `ns` is nine digits. */
export type Precision = 's' | 'ms' | 'us' | 'ns';

export interface PostedObject {
  readonly id: string;
  readonly type?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly [name: string]: unknown;
}

/** What happens instead of the answer, or to it on its way. */
export type Fault =
  /** An error message; `html` as a page. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfter?: string;
      readonly html?: boolean;
    }
  | {
      readonly kind: 'body';
      readonly body: string | Buffer;
      readonly status?: number;
      readonly type?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Nothing more comes, and the connection stays open. */
  | { readonly kind: 'hang'; readonly where: 'before-headers' | 'in-body' }
  /** The connection is reset. */
  | { readonly kind: 'reset'; readonly where: 'before-headers' | 'in-body' }
  /** The second half of the body is missing, and the connection ends in good order. */
  | { readonly kind: 'truncated'; readonly as?: 'chunked' }
  /** Content-Length is wrong by so many bytes. */
  | { readonly kind: 'wrong-length'; readonly by: number }
  /** `objects`: an envelope that never ends. */
  | { readonly kind: 'endless'; readonly of: 'spaces' | 'objects' }
  /** The right answer, so many bytes at a time. */
  | { readonly kind: 'slow'; readonly bytes: number; readonly everyMs: number }
  | { readonly kind: 'chunked' }
  /** `bomb`: a gigabyte of spaces. `broken`: no gzip at all. `cut`: its end is missing. */
  | { readonly kind: 'gzip'; readonly how: 'right' | 'bomb' | 'broken' | 'cut' }
  /** The right answer, as it is by then, when the promise is kept. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> };

/** A fault for each request for a resource. */
export function always(
  resource: SeenRequest['resource'],
  fault: Fault,
): (request: SeenRequest) => Fault | undefined {
  return (request) => (request.resource === resource ? fault : undefined);
}

/** A fault for the nth request for a resource from now on, counted from 1, and for so many after it. */
export function nth(
  resource: SeenRequest['resource'],
  n: number,
  fault: Fault,
  times = 1,
): (request: SeenRequest) => Fault | undefined {
  let seen = 0;
  return (request) => {
    if (request.resource !== resource) return undefined;
    seen += 1;
    return seen >= n && seen < n + times ? fault : undefined;
  };
}
