import { memberOf, isJsonObject } from '../../stix/json.ts';
import type { RawObject } from '../../stix/read-objects.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { PartnerManifest } from '../client/taxii-client.ts';

type Records = PartnerManifest['records'];

/** How often each id stands among objects. */
function countIds(objects: readonly RawObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of idsOf(objects)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function idsOf(objects: readonly RawObject[]): readonly string[] {
  return objects.flatMap(({ value }) => {
    const id = isJsonObject(value) ? memberOf(value, 'id') : undefined;
    return typeof id === 'string' ? [id] : [];
  });
}

function isAscending(records: Records): boolean {
  return records.every(({ dateAdded }, index) => dateAdded >= (records[index - 1]?.dateAdded ?? dateAdded));
}

/**
 * Where a page surely ends: the latest date such that every record up to it stands for an object of the page.
 * @param records of the manifest from where the page was asked for
 */
export function findEnd(records: Records, objects: readonly RawObject[]): Tick | undefined {
  if (!isAscending(records)) return undefined;
  const counts = countIds(objects);
  let end: Tick | undefined;
  for (const { id, dateAdded } of records) {
    const count = counts.get(id) ?? 0;
    if (count === 0) break;
    counts.set(id, count - 1);
    end = dateAdded;
  }
  return end;
}

/** Looks in a manifest, page by page, for the dates of the objects that a chain ended with. */
export interface EndDates {
  add(records: Records): void;
  /** Whether there is a date for each of them. */
  readonly isFull: boolean;
  readonly latest: Tick | undefined;
}

/**
 * Finds a date up to which everything was read when a chain ended with these objects: what is added later has a later
 * date than any of its own. An id may have got a further version since, so of each the earliest date counts.
 */
export function createEndDates(objects: readonly RawObject[]): EndDates {
  const wanted = new Set(idsOf(objects));
  const earliest = new Map<string, Tick>();
  return {
    add(records) {
      for (const { id, dateAdded } of records) {
        if (wanted.has(id)) earliest.set(id, Math.min(dateAdded, earliest.get(id) ?? dateAdded));
      }
    },
    get isFull() {
      return earliest.size === wanted.size;
    },
    get latest() {
      return earliest.size === 0 ? undefined : Math.max(...earliest.values());
    },
  };
}

/** How to get past a moment. */
export interface Passage {
  /** The ids that are passed over. */
  readonly skipped: readonly string[];
  /** Which moment was passed. */
  readonly moment: Tick;
  readonly after: Tick;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/**
 * How to get past the first moment of a manifest whose objects were all read, but for at most one that is skipped.
 * @param read what was read of that moment
 * @returns undefined when more than that would be left out, or that cannot be told
 */
export function passMoment(
  { records, more }: Pick<PartnerManifest, 'records' | 'more'>,
  read: readonly RawObject[],
  mostSkipped: 0 | 1,
): Passage | undefined {
  const moment = records[0]?.dateAdded;
  if (moment === undefined || !isAscending(records)) return undefined;
  const counts = countIds(read);
  const skipped: string[] = [];
  let next: Tick | undefined;
  for (const { id, dateAdded } of records) {
    if (dateAdded > moment) {
      next = dateAdded;
      break;
    }
    const count = counts.get(id) ?? 0;
    if (count > 0) counts.set(id, count - 1);
    else skipped.push(id);
  }
  const isLast = next === undefined;
  if (skipped.length > mostSkipped || (isLast && more === true)) return undefined;
  // As far as it goes, for partners that count the moment itself among what comes after it.
  return { skipped, moment, after: next === undefined ? moment : Math.max(moment, next - 1), isLast };
}
