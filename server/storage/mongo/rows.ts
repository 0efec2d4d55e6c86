import type { CollectionId, Handle, StixId } from '../../domain/ids.ts';
import type { Tick } from '../../domain/timestamp.ts';

/*
 * Rows are written once. One that replaces another is a new row; the other one gets an `until`. Both numbers are
 * fences (see head.ts): who reads at a commit sees what was written up to it and had not ended by then.
 */
export interface Row {
  /** `fence * ROWS_PER_FENCE + n`: what one attempt wrote is a range of ids. */
  readonly _id: number;
  /** The attempt that wrote it. */
  readonly from: number;
  /** The attempt that ended it. */
  readonly until?: number;
}

export const ROWS_PER_FENCE = 2 ** 22;

/** An object version as one collection shows it, with everything that a poll needs. */
export interface EntryRow extends Row {
  readonly collection: CollectionId;
  readonly tick: Tick;
  /** Whether a poll without filters shows it. */
  readonly poll: boolean;
  /** The bits of entry-marks.ts. */
  readonly marks: number;
  readonly spec: '2.0' | '2.1';
  readonly type: string;
  readonly id: StixId;
  readonly versionKey: string;
  readonly version: string;
  readonly heldId: StixId;
  readonly text: string;
}

/** One held object version: what never changes. */
export interface ObjectRow extends Row {
  readonly handle: Handle;
  readonly id: StixId;
  readonly versionKey: string;
  readonly rank: Tick;
  readonly sender: string;
  /** JSON; absent when it stands in `pieces`. */
  readonly facts?: string;
  /** The object as a native document, for people; see native.ts. */
  readonly stix: ReadonlyMap<string, unknown>;
  /** What was uploaded, byte for byte; absent when it stands in `pieces` because all of it would not fit. */
  readonly text?: string;
}

/** What may change about a held version, and what was decided for it. */
export interface StandingRow extends Row {
  readonly handle: Handle;
  readonly id: StixId;
  /** JSON. */
  readonly standing: string;
  /** JSON: by collection, state and due. */
  readonly decisions: string;
  /** The earliest of the decisions' dues. */
  readonly due?: Tick;
}

/** That a version names another object. */
export interface NameRow extends Row {
  readonly target: StixId;
  readonly role: string;
  readonly handle: Handle;
  readonly id: StixId;
}

/** Owner and recall of an id. */
export interface RecordRow extends Row {
  readonly id: StixId;
  readonly owner?: string;
  /** JSON of the whole record. */
  readonly record: string;
}

/** A record found by a key, and by a second one that is unique as well. */
export interface KeyRow extends Row {
  readonly key: string;
  readonly other?: string;
  /** JSON; of a reject whose record is long, without its original, and empty when that is long as well. */
  readonly record: string;
  /** The whole record, which is too long for a row, stands in `pieces`. */
  readonly long?: true;
  /** Of the original of a reject that has one. */
  readonly bytes?: number;
}

/** What a partner has shown us; never ended. */
export interface ArrivalRow extends Row {
  /** The organisation, the id and the version key, with spaces in between. */
  readonly key: string;
}

/** A part of a text that is too long for one document. */
export interface PieceRow extends Row {
  readonly key: string;
  readonly part: number;
  readonly text: string;
}

/** What became of a submission; of several parts each has a piece of the outcomes. */
export interface OutcomeRow extends Row {
  readonly submission: string;
  readonly part: number;
  readonly state: 'open' | 'complete';
  readonly completedAt?: Tick;
  /** A piece of JSON. */
  readonly text: string;
}

/** Rows that an attempt ended, so that they can be removed when nobody can see them any more. */
export interface GraveRow extends Row {
  readonly space: SpaceName;
  readonly ids: readonly number[];
  /** A submission that was carried out: its body goes, too. */
  readonly submission?: string;
}

export interface Spaces {
  readonly entries: EntryRow;
  readonly objects: ObjectRow;
  readonly pieces: PieceRow;
  readonly standings: StandingRow;
  readonly names: NameRow;
  readonly records: RecordRow;
  readonly outcomes: OutcomeRow;
  readonly settings: KeyRow;
  readonly organisations: KeyRow;
  readonly users: KeyRow;
  readonly tokens: KeyRow;
  readonly feeds: KeyRow;
  readonly feedStates: KeyRow;
  readonly feedRejects: KeyRow;
  readonly arrivals: ArrivalRow;
}
export type SpaceName = keyof Spaces;

export const SPACES: readonly SpaceName[] = [
  'entries',
  'objects',
  'pieces',
  'standings',
  'names',
  'records',
  'outcomes',
  'settings',
  'organisations',
  'users',
  'tokens',
  'feeds',
  'feedStates',
  'feedRejects',
  'arrivals',
];

/** A submission as it was saved; what became of it stands in the outcomes. */
export interface SubmissionDocument {
  readonly _id: string;
  readonly receivedAt: Tick;
  /** How many had been saved before it. */
  readonly place: number;
  /** Whether it may still have to be carried out: false only once its outcomes were committed. */
  readonly waits: boolean;
  /** JSON. */
  readonly head: string;
  readonly bytes: number;
  /** The bytes as sent, until they are needed no more; unless they are too many for one document. */
  readonly body?: Uint8Array;
  /** How many pieces the body has elsewhere. */
  readonly parts: number;
}

/** A piece of the bytes of a submission. */
export interface BodyDocument {
  readonly _id: string;
  readonly submission: string;
  readonly part: number;
  readonly bytes: Uint8Array;
}

/** Counts up; what it counted is never taken back. */
export interface CounterDocument {
  readonly _id: string;
  readonly count: number;
}

export interface LeaseDocument {
  readonly _id: string;
  readonly holder: string;
  readonly fence: number;
  readonly beat: number;
}
