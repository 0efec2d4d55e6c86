import { parseMembers } from '../../server/storage/json-bounds.ts';
import type { StoredRecord } from '../../server/storage/port.ts';
import { damaged } from './transfer-members.ts';

type Kind = StoredRecord['kind'];
type Form = 'string' | 'number' | 'boolean' | 'object';

/** What a record of each kind has at least; the checksums say that we wrote the rest. */
const FORMS: Readonly<Record<Kind, Readonly<Record<string, Form>>>> = {
  deployment: { secret: 'string', hubIdentity: 'string' },
  policies: { collections: 'object', decided: 'boolean' },
  counters: { nextHandle: 'number', lastTick: 'number', directoryGeneration: 'number' },
  collection: { id: 'string', lastTick: 'number', generation: 'number' },
  organisation: { value: 'object' },
  user: { value: 'object' },
  token: { value: 'object' },
  object: { value: 'object' },
  version: { value: 'object' },
  decision: { handle: 'number', collection: 'string', state: 'string' },
  entry: { tick: 'number', marks: 'number', value: 'object' },
  submission: { value: 'object' },
  feed: { value: 'object' },
  'feed-state': { feed: 'string', value: 'object' },
  'feed-reject': { feed: 'string', value: 'object' },
  arrival: { org: 'string', value: 'object' },
};

/** What is counted of each kind, in the order in which it is said. */
const WORDS: Readonly<Partial<Record<Kind, readonly [string, string]>>> = {
  version: ['object version', 'object versions'],
  entry: ['entry', 'entries'],
  submission: ['submission', 'submissions'],
  organisation: ['organisation', 'organisations'],
  user: ['user', 'users'],
  token: ['token', 'tokens'],
  feed: ['feed', 'feeds'],
};

/** How many records there were, by kind. */
export type Counts = Readonly<Partial<Record<Kind, number>>>;

/** @throws AppError `input.invalid` when the line is no record */
export function parseRecord(line: unknown): StoredRecord {
  const members = parseMembers(line) ?? {};
  const kind = members['kind'];
  const forms = typeof kind === 'string' && Object.hasOwn(FORMS, kind) ? FORMS[kind as Kind] : undefined;
  if (!forms) throw damaged();
  for (const [name, form] of Object.entries(forms)) {
    if (typeof members[name] !== form || members[name] === null) throw damaged();
  }
  return line as StoredRecord;
}

export function addCounts(counts: Counts, records: readonly StoredRecord[]): Counts {
  const sums: Partial<Record<Kind, number>> = { ...counts };
  for (const { kind } of records) sums[kind] = (sums[kind] ?? 0) + 1;
  return sums;
}

/** `20 object versions, 1 entry`: what people count by; empty when there is none of it. */
export function describeRecordCounts(counts: Counts): string {
  const said = Object.entries(WORDS).flatMap(([kind, [one, more]]) => {
    const count = counts[kind as Kind] ?? 0;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : more}`];
  });
  return said.join(', ');
}
