import type { MarkingDefaults } from './collection.ts';
import type { CollectionId, Handle, OrganisationId, StixId, UserName } from './ids.ts';
import type { Tick } from './timestamp.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** An organisation, or `HUB`. */
export type Owner = OrganisationId;
/** Owns the fixed objects and the deployment's own identity; no organisation may have this id. */
export const HUB: Owner = 'hub';

export interface GranularMarking {
  /** Absent for a language marking, which has no access meaning. */
  readonly markingRef?: StixId;
  readonly selectors: readonly string[];
}

/** How an object behaves under the release rules (release rules, 1 and 4). */
export type HeldKind =
  /** SDO, SRO, language-content: has versions and an owner. */
  | 'versioned'
  /** A cyber observable: one copy for each organisation that sent it. */
  | 'observable'
  /** marking-definition, extension-definition, or an identity that is no individual. */
  | 'supporting';

/** What the release rules need to know of one object version, read once from its text when it was accepted. */
export interface ObjectFacts {
  readonly type: string;
  readonly kind: HeldKind;
  readonly createdBy?: StixId;
  readonly markings: readonly StixId[];
  readonly granular: readonly GranularMarking[];
  /** Values of `_ref` and `_refs` properties that are identifiers, without `created_by_ref` and markings. */
  readonly refs: readonly StixId[];
  /** Keys of `extensions` that are extension-definitions. */
  readonly extensions: readonly StixId[];
  /** Of a language-content: the version that it translates, as a version key. */
  readonly objectModified?: string;
  /** An `observed-data.objects` with markings inside: on hold (release rules, 3). */
  readonly embedsMarkings: boolean;
}

/** What became of a version in one collection; a version without one is no candidate there. */
export type DecisionState =
  /** It has an entry. */
  | 'shown'
  /** A copy that may be shown, where an earlier copy is. */
  | 'eligible'
  | 'waiting'
  /** A candidate that refers to something not shown. */
  | 'blocked'
  /** A candidate that would lose something for a reason of its own. */
  | 'lost';

/** What an analyst of the hub decided about a version that was on hold. */
export interface Verdict {
  readonly kind: 'released' | 'refused';
  readonly by: UserName;
  readonly at: Tick;
  readonly reason?: string;
}

/** One object version; of an SCO one organisation's copy. Its facts never change, the rest may. */
export interface HeldVersion {
  readonly handle: Handle;
  readonly id: StixId;
  /** The text of `modified`, else `created`, else the fixed value. */
  readonly version: string;
  readonly versionKey: string;
  /** The organisation that sent it. */
  readonly sender: Owner;
  /** When it was accepted; of a copy, when its organisation's first copy was (its rank). */
  readonly rank: Tick;
  /** When the content was accepted; the grace for missing references runs from here. */
  readonly acceptedAt: Tick;
  readonly notBefore?: Tick;
  readonly defaults: MarkingDefaults;
  readonly facts: ObjectFacts;
  /** What was uploaded, byte for byte. */
  readonly text: string;
  /** Sent to intake: a candidate for every collection. */
  readonly toIntake: boolean;
  /** Posted straight to these collections. */
  readonly postedTo: readonly CollectionId[];
  /** Taken out of these collections by a DELETE. */
  readonly deletedFrom: readonly CollectionId[];
  readonly verdict?: Verdict;
}

export interface Recall {
  readonly by: UserName;
  readonly at: Tick;
  readonly reason: string;
}

/** Everything held under one id in the hub's space. */
export interface HeldObject {
  readonly id: StixId;
  /** Of an SDO, SRO or meta object; an SCO belongs to nobody. */
  readonly owner?: Owner;
  readonly recall?: Recall;
  /** Ascending by version key, then by rank. Never empty. */
  readonly versions: readonly HeldVersion[];
  /** What was decided last, by version and collection. */
  readonly states: ReadonlyMap<Handle, ReadonlyMap<CollectionId, DecisionState>>;
}
