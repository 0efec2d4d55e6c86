import { FIXED_VERSION, type Tick } from '../../../server/domain/timestamp.ts';
import { cutDate, readDate, writeDate } from './dates.ts';
import type { Behaviour, PostedObject } from './behaviour.ts';

/** A version of an object in a partner's collection. */
export interface HeldObject {
  readonly id: string;
  readonly version: string;
  readonly dateAdded: Tick;
  /** The order among those of the same moment. */
  readonly seq: number;
  readonly object: PostedObject;
  readonly text: string;
}

export interface CollectionInfo {
  readonly id: string;
  readonly title: string;
  readonly alias?: string;
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

export interface AddTerms {
  /** The moment of the first one; that of the one before plus `step` unless told. */
  readonly at?: Tick;
  /** Microseconds from one to the next; 0 gives all the same moment. */
  readonly step?: number;
}

/** What a partner's collection holds. */
export interface PartnerStock extends CollectionInfo {
  /** In the order of `date_added`. */
  readonly held: readonly HeldObject[];
  /** The latest moment at which something was added: the partner's clock shows at least this. */
  readonly latest: Tick;
  /** Ids and versions, sorted. */
  readonly keys: readonly string[];
  /** Adds versions that are not there yet. @returns how many there were not */
  add(objects: readonly PostedObject[], terms?: AddTerms): number;
  /** All versions of an object. */
  remove(id: string): void;
}

/** 2018-08-24T12:00:00.000123Z: no whole millisecond. */
export const PARTNER_START: Tick = Date.UTC(2018, 7, 24, 12) * 1000 + 123;
const STEP = 1000;

export function versionOf({ modified, created }: PostedObject): string {
  return modified ?? created ?? FIXED_VERSION;
}

export function keyOf(object: PostedObject): string {
  return `${object.id} ${versionOf(object)}`;
}

export function createStock(info: CollectionInfo): PartnerStock {
  let held: HeldObject[] = [];
  const known = new Set<string>();
  let latest = PARTNER_START - STEP;
  let seq = 0;
  return {
    ...info,
    get held() {
      return held;
    },
    get latest() {
      return latest;
    },
    get keys() {
      return [...known].sort();
    },
    add(objects, { step = STEP, at = latest + (step === 0 ? STEP : step) } = {}) {
      let moment = at;
      let added = 0;
      for (const object of objects) {
        if (known.has(keyOf(object))) continue;
        known.add(keyOf(object));
        const text = JSON.stringify(object);
        seq += 1;
        added += 1;
        held.push({ id: object.id, version: versionOf(object), dateAdded: moment, seq, object, text });
        latest = Math.max(latest, moment);
        moment += step;
      }
      held.sort(inOrder);
      return added;
    },
    remove(id) {
      for (const { object } of held.filter((each) => each.id === id)) known.delete(keyOf(object));
      held = held.filter((each) => each.id !== id);
    },
  };
}

export interface Selection {
  readonly addedAfter?: string;
  readonly types?: readonly string[];
  readonly allVersions: boolean;
}

/** What a query without `next` and `limit` selects, in the order in which the partner gives it out. */
export function select(
  stock: PartnerStock,
  { addedAfter, types, allVersions }: Selection,
  behaviour: Behaviour,
): readonly HeldObject[] {
  const { comparesIn = 'us', addedAfter: mode, showsLastVersions = false } = behaviour;
  const after = addedAfter === undefined || mode === 'ignored' ? undefined : readDate(addedAfter);
  const last = new Map<string, string>();
  for (const { id, version } of stock.held) {
    if ((last.get(id) ?? '') < version) last.set(id, version);
  }
  const found = stock.held.filter(({ id, version, dateAdded, object }) => {
    if ((!allVersions || showsLastVersions) && last.get(id) !== version) return false;
    if (types && !types.includes(object.type ?? '')) return false;
    if (after === undefined) return true;
    const [date, bound] = [cutDate(dateAdded, comparesIn), cutDate(after, comparesIn)];
    return mode === 'inclusive' ? date >= bound : date > bound;
  });
  return behaviour.order === 'newest-first' ? found.reverse() : found;
}

/** How the partner writes when something was added. */
export function writeAdded({ dateAdded }: HeldObject, { precision = 'us' }: Behaviour): string {
  return writeDate(dateAdded, precision);
}

function inOrder(one: HeldObject, other: HeldObject): number {
  return one.dateAdded - other.dateAdded || one.seq - other.seq;
}
