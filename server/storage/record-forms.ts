import { ROLES } from '../domain/access.ts';
import { AUDIENCES, CONSENTS } from '../domain/collection.ts';
import type { DecisionState, HeldKind } from '../domain/held.ts';
import { ONLY_VERSION } from './entry-marks.ts';
import { FEED_FORMS } from './feed-forms.ts';
import {
  audiences,
  chosenBy,
  count,
  flag,
  is,
  listOf,
  name,
  oneOf,
  optional,
  sha256,
  shape,
  someDefaults,
  text,
  textThat,
  tlp,
  uuid,
  wholeFrom,
  type Form,
} from './forms.ts';
import { isOverbuilt, parseMembers } from './json-bounds.ts';
import type { StoredRecord } from './port.ts';

const SECRET_BYTES = 32;

const STATES = [
  'shown',
  'eligible',
  'waiting',
  'blocked',
  'lost',
] as const satisfies readonly DecisionState[];
const KINDS = ['versioned', 'observable', 'supporting'] as const satisfies readonly HeldKind[];
const SPEC_VERSIONS = ['2.0', '2.1'] as const;

/** The object that a text is, when it is JSON of one. */
function objectOf(text: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof text !== 'string' || isOverbuilt(text)) return undefined;
  try {
    return parseMembers(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const handle = wholeFrom(1);
const markingDefaults = shape({ tlp, audiences, consent: oneOf(CONSENTS) });

const release = chosenBy('policy', {
  intake: shape({ defaults: markingDefaults }),
  audience: shape({ audience: oneOf([...AUDIENCES, 'public']), maxTlp: tlp, hold: flag }),
  recipients: shape({ recipients: listOf(name), maxTlp: tlp, hold: flag }),
  'as-posted': shape({ maxTlp: optional(tlp) }),
});

const collection = shape({
  id: uuid,
  alias: name,
  title: text,
  description: optional(text),
  apiRoot: name,
  release,
  references: listOf(text),
  read: listOf(text),
  write: listOf(text),
  stixVersions: listOf(oneOf(SPEC_VERSIONS)),
});

const facts = shape({
  type: name,
  kind: oneOf(KINDS),
  createdBy: optional(text),
  markings: listOf(text),
  granular: listOf(shape({ markingRef: optional(text), selectors: listOf(text) })),
  refs: listOf(text),
  extensions: listOf(text),
  objectModified: optional(text),
  embedsMarkings: flag,
});

const version = shape({
  handle,
  id: name,
  version: name,
  versionKey: name,
  sender: name,
  rank: count,
  acceptedAt: count,
  notBefore: optional(count),
  defaults: markingDefaults,
  facts,
  text: (value) => (objectOf(value) ? undefined : ''),
  toIntake: flag,
  postedTo: listOf(uuid),
  deletedFrom: listOf(uuid),
  verdict: optional(
    shape({ kind: oneOf(['released', 'refused']), by: name, at: count, reason: optional(text) }),
  ),
});

const publication = shape({
  collection: uuid,
  id: name,
  heldId: name,
  type: name,
  version: name,
  versionKey: name,
  specVersion: oneOf(SPEC_VERSIONS),
  text,
});

/** A page is made of texts as they are: each has to be JSON of the object that its entry names. */
function entryValue(value: unknown): string | undefined {
  const fault = publication(value);
  if (fault !== undefined) return fault;
  const members = parseMembers(value);
  return objectOf(members?.['text'])?.['id'] === members?.['id'] ? undefined : 'text';
}

const outcome = shape({
  id: text,
  version: text,
  result: oneOf(['success', 'failure', 'pending']),
  message: optional(text),
  handle: optional(handle),
});

const submission = shape({
  id: name,
  user: name,
  org: name,
  collection: uuid,
  receivedAt: count,
  sha256: sha256,
  defaults: someDefaults,
  notBefore: optional(count),
  bytes: count,
  state: oneOf(['received', 'open', 'complete']),
  completedAt: optional(count),
  outcomes: listOf(outcome),
});

/** What a record of each kind has to be. Members that are not named here say nothing to anybody. */
export const RECORD_FORMS: Readonly<Record<StoredRecord['kind'], Form>> = {
  deployment: shape({
    secret: textThat((value) => Buffer.from(value, 'base64').byteLength === SECRET_BYTES),
    hubIdentity: name,
  }),
  policies: shape({ collections: listOf(collection), decided: flag }),
  counters: shape({ nextHandle: handle, lastTick: count, directoryGeneration: count }),
  collection: shape({ id: uuid, lastTick: count, generation: count }),
  organisation: shape({
    value: shape({ id: name, name: text, audience: oneOf(AUDIENCES), identity: optional(name), hub: flag }),
  }),
  user: shape({
    value: shape({
      name,
      org: name,
      role: oneOf(ROLES),
      passwordHash: text,
      certificate: optional(name),
      disabled: flag,
    }),
  }),
  token: shape({
    value: shape({
      id: name,
      user: name,
      hash: sha256,
      createdAt: count,
      expiresAt: optional(count),
      revoked: flag,
    }),
  }),
  object: shape({
    value: shape({
      id: name,
      owner: optional(name),
      recall: optional(shape({ by: name, at: count, reason: text })),
    }),
  }),
  version: shape({ value: version }),
  decision: shape({ handle, collection: uuid, state: oneOf(STATES), due: optional(count) }),
  entry: shape({
    tick: wholeFrom(1),
    marks: is((value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= ONLY_VERSION),
    value: entryValue,
  }),
  submission: shape({ value: submission, body: optional(text) }),
  ...FEED_FORMS,
};
