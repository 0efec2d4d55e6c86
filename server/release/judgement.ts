import type { DecisionState } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';

/** Why a version is not shown, or not yet. */
export type ReasonCode =
  | 'not-sent-here'
  | 'recalled'
  | 'refused'
  | 'deleted'
  | 'tlp'
  | 'audience'
  | 'recipients'
  | 'personal-data'
  | 'later-version'
  | 'embargo'
  | 'not-understood'
  | 'text-elsewhere'
  | 'collection-holds'
  | 'embedded-markings'
  | 'reference-missing'
  | 'reference-waits'
  | 'reference-hidden'
  | 'part-withheld'
  | 'consent'
  | 'own-marking'
  | 'subject-withheld'
  | 'not-named';

export interface Reason {
  readonly code: ReasonCode;
  /** The objects it is about, by the ids that the sender wrote. */
  readonly ids?: readonly StixId[];
  /** When it ends by itself. */
  readonly until?: Tick;
}

/** What was decided for one version in one collection. */
export interface Judgement {
  /** Absent: no candidate. */
  readonly state?: DecisionState;
  readonly reasons: readonly Reason[];
  /** When to decide again at the latest. */
  readonly due?: Tick;
}

const TEXTS: Readonly<Record<ReasonCode, string>> = {
  'not-sent-here': 'it was not sent to this collection',
  recalled: 'it was recalled',
  refused: 'an analyst of the hub refused it',
  deleted: 'it was taken out of this collection',
  tlp: 'its TLP level is above what this collection takes',
  audience: 'its audience does not include this collection',
  recipients: 'it is for named recipients',
  'personal-data': 'it holds personal data that may not reach this audience',
  'later-version': 'a later version of it is withheld here',
  embargo: 'it is under embargo',
  'not-understood': 'the meaning of a marking is not known here: an analyst of the hub decides',
  'text-elsewhere': 'a text that would be removed stands elsewhere in it: an analyst of the hub decides',
  'collection-holds': 'this collection holds everything: an analyst of the hub decides',
  'embedded-markings': 'observed objects inside it carry markings: an analyst of the hub decides',
  'reference-missing': 'it refers to what has not arrived',
  'reference-waits': 'it refers to what waits itself',
  'reference-hidden': 'it refers to what is not shown here',
  'part-withheld': 'a part of it may not be shown here',
  consent: 'the consent to name the submitter does not cover this audience',
  'own-marking': 'a marking on it would tell who submitted it',
  'subject-withheld': 'a part of the object it translates may not be shown here',
  'not-named': 'nothing shown in this collection names it',
};

const MAX_IDS = 5;

/** A reason in words, with the ids it is about. */
export function describeReason({ code, ids = [] }: Reason): string {
  if (ids.length === 0) return TEXTS[code];
  const rest = ids.length > MAX_IDS ? ` and ${ids.length - MAX_IDS} more` : '';
  return `${TEXTS[code]} (${ids.slice(0, MAX_IDS).join(', ')}${rest})`;
}
