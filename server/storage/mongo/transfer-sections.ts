import type { Collection } from '../../domain/collection.ts';
import type { Organisation, Token, User } from '../../domain/directory.ts';
import type { Feed } from '../../domain/feed.ts';
import type { FeedProgress, ObjectRecord, StoredRecord } from '../port.ts';
import type { TransferKey } from '../transfer-position.ts';
import { parseArrivalKey } from './arrivals.ts';
import { findDeployment } from './deployment.ts';
import { feedOf, toReject } from './feed-rejects.ts';
import type { HeadDocument } from './head.ts';
import { createHeldReader, toPublication, type Decisions } from './held-reader.ts';
import { findByKey, type KeyedSpace } from './keyed.ts';
import type { Layout } from './layout.ts';
import type { ArrivalRow, KeyRow, ObjectRow } from './rows.ts';
import { liveAt, writtenAt } from './snapshot.ts';
import { parseStored } from './stored.ts';
import { readBody, toSubmission } from './submissions.ts';

/** Held versions are read in groups of so many, or of so many characters. */
const GROUP_ROWS = 200;
const GROUP_CHARACTERS = 2_000_000;

/** Records that go together, the key behind which the next ones are, and about how large they are. */
export interface Unit {
  readonly records: readonly StoredRecord[];
  readonly key: TransferKey;
  readonly size: number;
}

/** One kind of record, read in an order of its own behind a key. */
export interface Section {
  readonly start: TransferKey;
  units(after: TransferKey): AsyncIterable<Unit>;
  count(): Promise<number>;
}

export interface SectionOptions {
  readonly layout: Layout;
  readonly head: HeadDocument;
  /** How many submissions had been saved. */
  readonly submissions: number;
}

/** A section of one record that is made of what stands in several places. */
function once(read: () => Promise<StoredRecord | undefined>): Section {
  return {
    start: [0],
    async *units([after]) {
      const record = after === 0 ? await read() : undefined;
      if (record) yield { records: [record], key: [1], size: 0 };
    },
    count: async () => ((await read()) ? 1 : 0),
  };
}

/** Everything that is kept but leases, in the order in which it is exported. */
export function createSections(options: SectionOptions): readonly Section[] {
  const { layout, head } = options;
  const live = liveAt(head);
  const keyed = (
    space: Exclude<KeyedSpace, 'settings'>,
    toRecord: (row: KeyRow) => StoredRecord,
  ): Section => ({
    start: [''],
    async *units([after]) {
      const rows = layout.space(space).find({ key: { $gt: String(after) }, ...live });
      for await (const row of rows.sort({ key: 1 })) {
        yield { records: [toRecord(row)], key: [row.key], size: row.record.length };
      }
    },
    count: () => layout.space(space).countDocuments({ key: { $gt: '' }, ...live }),
  });

  return [
    once(async () => {
      const found = await findDeployment(layout, head);
      if (!found) return undefined;
      const secret = Buffer.from(found.secret).toString('base64');
      return { kind: 'deployment', secret, hubIdentity: found.hubIdentity };
    }),
    once(async () => ({
      kind: 'policies',
      collections: (await findByKey<readonly Collection[]>(layout, head, 'settings', 'policies')) ?? [],
      decided: (await findByKey<boolean>(layout, head, 'settings', 'policies_decided')) === true,
    })),
    once(async () => {
      const ticks = Object.values(head.collections).map(({ lastTick }) => lastTick);
      return {
        kind: 'counters',
        nextHandle: head.nextHandle,
        lastTick: Math.max(head.lastTick, ...ticks),
        directoryGeneration: head.directory,
      };
    }),
    collectionSection(head),
    keyed('organisations', ({ record }) => ({
      kind: 'organisation',
      value: parseStored<Organisation>(record),
    })),
    keyed('users', ({ record }) => ({ kind: 'user', value: parseStored<User>(record) })),
    keyed('tokens', ({ record }) => ({ kind: 'token', value: parseStored<Token>(record) })),
    {
      start: [''],
      async *units([after]) {
        const rows = layout.space('records').find({ id: { $gt: String(after) }, ...live });
        for await (const { id, record } of rows.sort({ id: 1 })) {
          const value = parseStored<ObjectRecord>(record);
          yield { records: [{ kind: 'object', value }], key: [id], size: record.length };
        }
      },
      count: () => layout.space('records').countDocuments({ id: { $gt: '' }, ...live }),
    },
    versionSection(options),
    decisionSection(options),
    entrySection(options),
    submissionSection(options),
    keyed('feeds', ({ record }) => ({ kind: 'feed', value: parseStored<Feed>(record) })),
    keyed('feedStates', ({ key, record }) => ({
      kind: 'feed-state',
      feed: key,
      value: parseStored<FeedProgress>(record).state,
    })),
    rejectSection(options),
    arrivalSection(options),
  ];
}

function collectionSection({ collections }: HeadDocument): Section {
  const sorted = Object.entries(collections).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    start: [''],
    async *units([after]) {
      for (const [id, { lastTick, generation }] of sorted) {
        if (id <= String(after)) continue;
        const record = parseCollectionRecord(id, lastTick, generation);
        yield { records: [record], key: [id], size: 0 };
      }
    },
    count: async () => sorted.length,
  };
}

function parseCollectionRecord(id: string, lastTick: number, generation: number): StoredRecord {
  return { kind: 'collection', id, lastTick, generation } as StoredRecord;
}

function versionSection({ layout, head }: SectionOptions): Section {
  const live = liveAt(head);
  const held = createHeldReader(layout, head);
  async function* groups(after: number): AsyncGenerator<readonly ObjectRow[]> {
    const rows = layout
      .space('objects')
      .find({ handle: { $gt: after }, ...live })
      .sort({ handle: 1 })
      .batchSize(GROUP_ROWS)
      .project<ObjectRow>({ stix: 0 });
    let group: ObjectRow[] = [];
    let characters = 0;
    for await (const row of rows) {
      group.push(row);
      characters += row.text?.length ?? 0;
      if (group.length < GROUP_ROWS && characters < GROUP_CHARACTERS) continue;
      yield group;
      group = [];
      characters = 0;
    }
    if (group.length > 0) yield group;
  }
  return {
    start: [0],
    async *units([after]) {
      for await (const group of groups(Number(after))) {
        for (const value of await held.versionsOf(group)) {
          yield { records: [{ kind: 'version', value }], key: [value.handle], size: value.text.length };
        }
      }
    },
    count: () => layout.space('objects').countDocuments({ handle: { $gt: 0 }, ...live }),
  };
}

function decisionSection({ layout, head }: SectionOptions): Section {
  async function* units([after]: TransferKey): AsyncGenerator<Unit> {
    const rows = layout.space('standings').find({ handle: { $gt: Number(after) }, ...liveAt(head) });
    for await (const { handle, decisions } of rows.sort({ handle: 1 })) {
      const decided = Object.entries(parseStored<Decisions>(decisions));
      const records = decided.map(([collection, decision]) =>
        parseDecisionRecord({ handle, collection, ...decision }),
      );
      if (records.length > 0) yield { records, key: [handle], size: decisions.length };
    }
  }
  return {
    start: [0],
    units,
    async count() {
      let count = 0;
      for await (const { records } of units([0])) count += records.length;
      return count;
    },
  };
}

function parseDecisionRecord(parts: object): StoredRecord {
  return { kind: 'decision', ...parts } as StoredRecord;
}

function entrySection({ layout, head }: SectionOptions): Section {
  const collections = Object.entries(head.collections).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return {
    start: ['', 0],
    async *units([from, after]) {
      for (const [id] of collections) {
        if (id < String(from)) continue;
        const tick = { $gt: id === from ? Number(after) : 0 };
        const rows = layout.space('entries').find({ collection: parseId(id), tick, ...liveAt(head) });
        for await (const row of rows.sort({ tick: 1 }).batchSize(GROUP_ROWS)) {
          const record = {
            kind: 'entry',
            tick: row.tick,
            marks: row.marks,
            value: toPublication(row),
          } as const;
          yield { records: [record], key: [id, row.tick], size: row.text.length };
        }
      }
    },
    count: async () => collections.reduce((sum, [, { entries }]) => sum + entries, 0),
  };
}

function parseId(id: string): keyof HeadDocument['collections'] {
  return id as keyof HeadDocument['collections'];
}

function submissionSection({ layout, head, submissions }: SectionOptions): Section {
  const saved = { place: { $lte: submissions } };
  return {
    start: [''],
    async *units([after]) {
      const documents = layout.submissions
        .find({ _id: { $gt: String(after) }, ...saved })
        .batchSize(GROUP_ROWS);
      for await (const document of documents.sort({ _id: 1 })) {
        const value = await toSubmission(layout, document, head);
        const body = value.state === 'received' ? await readBody(layout, document) : undefined;
        const sent = body === undefined ? {} : { body: Buffer.from(body).toString('base64') };
        const size = (sent.body?.length ?? 0) + value.outcomes.length * 100;
        yield { records: [{ kind: 'submission', value, ...sent }], key: [document._id], size };
      }
    },
    count: () => layout.submissions.countDocuments(saved),
  };
}

function rejectSection({ layout, head }: SectionOptions): Section {
  const live = liveAt(head);
  const rejects = layout.space('feedRejects');
  return {
    start: [''],
    async *units([after]) {
      const rows = rejects.find({ key: { $gt: String(after) }, ...live }).batchSize(GROUP_ROWS);
      for await (const row of rows.sort({ key: 1 })) {
        const value = await toReject(layout, head, row);
        const record = { kind: 'feed-reject', feed: feedOf(row), value } as const;
        yield { records: [record], key: [row.key], size: value.original?.length ?? 0 };
      }
    },
    count: () => rejects.countDocuments({ key: { $gt: '' }, ...live }),
  };
}

function arrivalSection({ layout, head }: SectionOptions): Section {
  const written = writtenAt(head);
  const arrivals = layout.space('arrivals');
  return {
    start: [''],
    async *units([after]) {
      const rows = arrivals.find({ key: { $gt: String(after) }, ...written }).sort({ key: 1 });
      for await (const { key } of rows.project<Pick<ArrivalRow, 'key'>>({ _id: 0, key: 1 })) {
        yield { records: [parseArrivalKey(key)], key: [key], size: key.length };
      }
    },
    count: () => arrivals.countDocuments({ key: { $gt: '' }, ...written }),
  };
}
