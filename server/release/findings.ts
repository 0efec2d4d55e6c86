import type { Audience, Consent, TlpLevel } from '../domain/collection.ts';
import type { Handle, StixId } from '../domain/ids.ts';
import type { Path } from '../stix/selector.ts';

/** What one marking says about access. */
export type MarkingMeaning =
  | { readonly kind: 'tlp'; readonly level: TlpLevel }
  | { readonly kind: 'audience'; readonly audiences: readonly Audience[] }
  | { readonly kind: 'consent'; readonly consent: Consent }
  | { readonly kind: 'personal-data'; readonly audiences: readonly Audience[] }
  | { readonly kind: 'recipients'; readonly identities: readonly StixId[] }
  | { readonly kind: 'none' };

/** What all markings of a version say together, before any default (release rules, 2). */
export interface Stance {
  readonly tlp?: TlpLevel;
  readonly audiences?: readonly Audience[];
  readonly consent?: Consent;
  readonly personalData?: readonly Audience[];
  readonly recipients?: readonly StixId[];
  readonly notUnderstood: readonly StixId[];
}

/** What a version would have to lose in a collection for a reason of its own (release rules, 3 a and c). */
export interface Losses {
  readonly paths: readonly Path[];
  /** Identifiers that would go with the paths. */
  readonly refs: ReadonlySet<StixId>;
  /** Texts that would go, long enough to be looked for; folded. */
  readonly texts: readonly string[];
  /** Names of the submitter that may not be told; folded. */
  readonly names: readonly string[];
  /** Markings that the submitter made or owns: the version cannot be shown without telling. */
  readonly ownMarkings: readonly StixId[];
  readonly bySelector: boolean;
  readonly byConsent: boolean;
}

/** What the later versions of an object, taken together, hold against an earlier one in a collection (rule 5). */
export interface Burden {
  /** One of them may not enter. */
  readonly isExcluded: boolean;
  /** One of them does not name the collection's recipients; that counts for all but supporting objects. */
  readonly isUnnamed: boolean;
  readonly paths: readonly Path[];
  readonly texts: readonly string[];
  readonly names: readonly string[];
  readonly ownMarkings: readonly StixId[];
}

/** What was worked out once in a world; nothing in a world changes, so nothing here does. */
export interface Memo {
  readonly meanings: Map<StixId, MarkingMeaning | undefined>;
  readonly stances: Map<Handle, Stance>;
  readonly losses: Map<string, Losses>;
  readonly burdens: Map<string, ReadonlyMap<Handle, Burden>>;
}

export function createMemo(): Memo {
  return { meanings: new Map(), stances: new Map(), losses: new Map(), burdens: new Map() };
}
