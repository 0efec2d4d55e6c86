import { createHash } from 'node:crypto';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import type {
  PageQuery,
  PartnerManifest,
  PartnerPage,
  TaxiiClient,
} from '../../../server/sync/client/taxii-client.ts';
import type { JsonObject } from '../../../server/domain/held.ts';
import type { Tick } from '../../../server/domain/timestamp.ts';
import type { RawObject } from '../../../server/stix/read-objects.ts';

/** How a partner pages, with its faults. */
export interface Traits {
  /** What its dates are whole multiples of, in microseconds. */
  readonly precision: number;
  /** What its headers are cut to. */
  readonly headerPrecision: number;
  /**
   * `expires`: a `next` is refused that is not used in the same run, or ever; `circle`: it leads back;
   * `session`: it stays the same, and leads to what was not yet asked for.
   */
  readonly next: 'given' | 'missing' | 'expires' | 'refused' | 'circle' | 'repeated' | 'session';
  readonly more: 'said' | 'said-with-objects' | 'unsaid';
  readonly isInclusive: boolean;
  readonly headers: 'given' | 'missing' | 'backwards' | 'future';
  readonly hasManifest: boolean;
  readonly hasDate: boolean;
  /** The most objects that it puts into a page. */
  readonly cap: number;
  /** The largest answer that we take, in characters. */
  readonly maxAnswer: number;
  /** Every how manieth answer is lost, so that our client asks once more; 0 for none. */
  readonly losesEvery: number;
  /** How far its clock goes on between two requests, in microseconds. */
  readonly pace: number;
}

export const PLAIN: Traits = {
  precision: 1,
  headerPrecision: 1,
  next: 'given',
  more: 'said',
  isInclusive: false,
  headers: 'given',
  hasManifest: true,
  hasDate: true,
  cap: 100,
  maxAnswer: Number.POSITIVE_INFINITY,
  losesEvery: 0,
  pace: 1_000,
};

interface Entry {
  readonly id: string;
  readonly text: string;
  readonly date: Tick;
}

export interface MemoryPartner extends Pick<TaxiiClient, 'readObjects' | 'readManifest' | 'bill'> {
  /** Adds objects at one moment. */
  add(texts: readonly string[]): void;
  advance(micros: number): void;
  now(): Tick;
  /** Called before each request is answered. */
  onRequest: (() => void) | undefined;
  readonly queries: PageQuery[];
  readonly requests: number;
  /** How many of them were answered with objects. */
  readonly carrying: number;
  /** The largest number of objects whose dates are the same when they are cut so. */
  widestMoment(precision: number): number;
}

/** 2018-08-24T18:00:00.250000Z */
const START = Date.UTC(2018, 7, 24, 18) * 1000 + 250_000;

/** A partner in memory, behind the interface of our client. */
export function createMemoryPartner(traits: Traits): MemoryPartner {
  const entries: Entry[] = [];
  const queries: PageQuery[] = [];
  let now = START;
  let requests = 0;
  let carrying = 0;
  let generation = 0;
  /** Of what a session was answered with. */
  let passed = 0;

  function begin(): void {
    requests += 1;
    now += traits.pace;
    partner.onRequest?.();
  }

  function toHeader(date: Tick | undefined): Tick | undefined {
    if (date === undefined || traits.headers === 'missing') return undefined;
    const cut = Math.floor(date / traits.headerPrecision) * traits.headerPrecision;
    if (traits.headers === 'backwards') return (Math.floor(START / 1_000_000) - requests) * 1_000_000;
    return traits.headers === 'future' ? cut + 10 ** 14 : cut;
  }

  /** What a query selects from `from` on, and where it ended. */
  function select(query: PageQuery, from: number): readonly [found: readonly Entry[], more: boolean] {
    const { addedAfter: after } = query;
    const rest = entries
      .slice(from)
      .filter(({ date }) => after === undefined || (traits.isInclusive ? date >= after : date > after));
    const limit = Math.min(query.limit, traits.cap);
    return [rest.slice(0, limit), rest.length > limit];
  }

  function placeOf(found: readonly Entry[]) {
    return {
      first: toHeader(found.at(0)?.date),
      last: toHeader(found.at(-1)?.date),
      date: traits.hasDate ? Math.floor(now / 1_000_000) * 1_000_000 : undefined,
    };
  }

  /** Where a `next` leads: how many entries are passed. */
  function resolve(next: string | undefined): number {
    if (next === undefined) return 0;
    const [given, offset] = next.split(':').map(Number);
    const isLate = traits.next === 'expires' && given !== generation;
    if (traits.next === 'refused' || isLate) {
      throw new PartnerFault('request.refused', 'The partner refused the page.', { status: 400 });
    }
    if (traits.next === 'repeated') return 0;
    if (traits.next === 'session') return passed;
    return offset ?? 0;
  }

  const partner: MemoryPartner = {
    queries,
    onRequest: undefined,
    get requests() {
      return requests;
    },
    get carrying() {
      return carrying;
    },
    widestMoment(precision) {
      const counts = new Map<Tick, number>();
      for (const { date } of entries) {
        const moment = Math.floor(date / precision);
        counts.set(moment, (counts.get(moment) ?? 0) + 1);
      }
      return Math.max(0, ...counts.values());
    },
    now: () => now,
    advance(micros) {
      now += micros;
      generation += 1;
    },
    add(texts) {
      const date = Math.floor(now / traits.precision) * traits.precision;
      for (const text of texts) entries.push({ id: toValue(text)['id'] as string, text, date });
    },
    async readObjects(_, query) {
      queries.push(query);
      begin();
      if (traits.losesEvery > 0 && queries.length % traits.losesEvery === 0) {
        begin();
        if (query.next !== undefined) passed += select(query, passed)[0].length;
      }
      const from = resolve(query.next);
      const [found, isMore] = select(query, from);
      const last = found.at(-1);
      const offset = traits.next === 'circle' ? 0 : last === undefined ? from : entries.indexOf(last) + 1;
      passed = offset;
      const size = found.reduce((sum, { text }) => sum + text.length, 0);
      if (size > traits.maxAnswer) throw new PartnerFault('answer.too-large', 'The answer is too large.');
      if (found.length > 0) carrying += 1;
      const hasNext = isMore && traits.next !== 'missing';
      const more =
        traits.more === 'said' ? isMore : traits.more === 'said-with-objects' && isMore ? true : undefined;
      const page: PartnerPage = {
        objects: found.map(({ text }): RawObject => ({ text, value: toValue(text), faults: [] })),
        more,
        next: hasNext ? (traits.next === 'session' ? 'session' : `${generation}:${offset}`) : undefined,
        digest: createHash('sha256')
          .update(found.map(({ text }) => text).join())
          .digest('hex'),
        ...placeOf(found),
      };
      return page;
    },
    async readManifest(_, query) {
      begin();
      if (!traits.hasManifest) throw new PartnerFault('not-found', 'There is no manifest.', { status: 404 });
      const [found, more] = select(query, 0);
      const manifest: PartnerManifest = {
        records: found.map(({ id, date }) => ({ id, dateAdded: date })),
        more,
        ...placeOf(found),
      };
      return manifest;
    },
    bill: () => ({ requests, bytesIn: 0, bytesOut: 0 }),
  };
  return partner;
}

function toValue(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

/** The text of the `number`th object, `size` characters long at least. */
export function toText(number: number, size = 0): string {
  const id = `note--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return JSON.stringify({ id, content: 'x'.repeat(size) });
}
