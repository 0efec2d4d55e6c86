import type { MarkingDefaults } from './collection.ts';
import type { CollectionId, Handle, OrganisationId, StixId, UserName } from './ids.ts';
import type { Tick } from './timestamp.ts';

/** What a submission says for objects that say nothing themselves. */
export type SubmissionDefaults = Partial<MarkingDefaults>;

/** One upload, as saved before anything is done with it. */
export interface SubmissionIntent {
  /** UUIDv4; also the TAXII status id. */
  readonly id: string;
  readonly user: UserName;
  readonly org: OrganisationId;
  readonly collection: CollectionId;
  readonly receivedAt: Tick;
  /** Of the bytes as uploaded, lower-case hexadecimal. */
  readonly sha256: string;
  readonly defaults: SubmissionDefaults;
  readonly notBefore?: Tick;
  readonly body: Uint8Array;
}

/** What became of one object of a submission. */
export interface ObjectOutcome {
  readonly id: StixId;
  readonly version: string;
  readonly result: 'success' | 'failure' | 'pending';
  readonly message?: string;
  /** The held version whose decisions a pending outcome follows. */
  readonly handle?: Handle;
}

export interface Submission extends Omit<SubmissionIntent, 'body'> {
  readonly bytes: number;
  /** `received`: an intent that still has to be carried out. `open`: something is pending. */
  readonly state: 'received' | 'open' | 'complete';
  /** When nothing was pending any more; absent until then. */
  readonly completedAt?: Tick;
  /** In the order of the upload. As stored empty while `received`: they are then read from what was saved. */
  readonly outcomes: readonly ObjectOutcome[];
}
