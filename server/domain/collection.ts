import type { CollectionId, OrganisationId } from './ids.ts';

export const AUDIENCES = ['federal', 'state', 'private'] as const;
/** A class of organisations; every organisation has exactly one. */
export type Audience = (typeof AUDIENCES)[number];
/** For whom a collection is: an audience, or everybody. */
export type ReleaseAudience = Audience | 'public';

export const TLP_LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export type TlpLevel = (typeof TLP_LEVELS)[number];

export const CONSENTS = ['everyone', 'usg', 'none'] as const;
/** Consent to name the submitter, loosest first. */
export type Consent = (typeof CONSENTS)[number];

export type SpecVersion = '2.0' | '2.1';

/** What an object that says nothing is taken to say. */
export interface MarkingDefaults {
  readonly tlp: TlpLevel;
  readonly audiences: readonly Audience[];
  readonly consent: Consent;
}

export type ReleasePolicy =
  | { readonly policy: 'intake'; readonly defaults: MarkingDefaults }
  | {
      readonly policy: 'audience';
      readonly audience: ReleaseAudience;
      readonly maxTlp: TlpLevel;
      readonly hold: boolean;
    }
  | {
      readonly policy: 'recipients';
      readonly recipients: readonly OrganisationId[];
      readonly maxTlp: TlpLevel;
      readonly hold: boolean;
    }
  | { readonly policy: 'as-posted'; readonly maxTlp?: TlpLevel };

/** Who may do something: `audience:A`, `org:ID`, `user:NAME`, `role:R`, `hub:R`, `*` or `anonymous`. */
export type Grant = string;

/** One TAXII collection as its file in `collections/` says (schemas/config/collection.json). */
export interface Collection {
  readonly id: CollectionId;
  readonly alias: string;
  readonly title: string;
  readonly description?: string;
  readonly apiRoot: string;
  readonly release: ReleasePolicy;
  /** Aliases of as-posted collections whose objects count as shown to this one's readers (release rules, 3). */
  readonly references: readonly string[];
  readonly read: readonly Grant[];
  readonly write: readonly Grant[];
  readonly stixVersions: readonly SpecVersion[];
}

/** A collection that the release rules fill. */
export type ReleasedCollection = Collection & {
  readonly release: Extract<ReleasePolicy, { policy: 'audience' | 'recipients' }>;
};

/** Whether the release rules decide what this collection shows. */
export function isReleased(collection: Collection): collection is ReleasedCollection {
  return collection.release.policy === 'audience' || collection.release.policy === 'recipients';
}

/** Whether this is a plain TAXII collection, a space of its own. */
export function isAsPosted(collection: Collection): boolean {
  return collection.release.policy === 'as-posted';
}
