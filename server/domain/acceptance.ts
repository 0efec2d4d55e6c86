import { isDeepStrictEqual } from 'node:util';
import { TLP_MARKINGS } from '../release/markings.ts';
import { FIXED_IDENTITY } from '../release/world.ts';
import { readFacts } from '../stix/facts.ts';
import { parseObjectText } from '../stix/json.ts';
import type { CheckedObject } from '../stix/check-object.ts';
import { isHubAnalyst, type SignedIn } from './access.ts';
import type { Collection, MarkingDefaults } from './collection.ts';
import type { Organisation } from './directory.ts';
import { HUB, type HeldObject, type HeldVersion, type ObjectFacts, type Owner } from './held.ts';
import type { CollectionId, Handle, OrganisationId, StixId } from './ids.ts';
import type { Tick } from './timestamp.ts';
import { statesLevel } from './tlp-spelling.ts';
import { refuseVersion } from './version-rules.ts';

/** One answer for everything that is not the sender's to know about (release rules, 1). */
const NEUTRAL = 'this id cannot be used by your organisation';

/** Who sends, where to, and what holds for objects that say nothing. */
export interface Sending {
  readonly sender: SignedIn;
  readonly collection: Collection;
  readonly defaults: MarkingDefaults;
  readonly notBefore?: Tick;
  /** The tick of the commit: what came first has the lower one. */
  readonly rank: Tick;
  /** The wall clock. */
  readonly acceptedAt: Tick;
  readonly organisations: ReadonlyMap<OrganisationId, Organisation>;
  readonly hubIdentity: StixId;
  /** Ids that are built in. */
  readonly fixedIds: ReadonlySet<StixId>;
  /** Whether the sender may read one of these collections. */
  readonly mayReadOne: (collections: readonly CollectionId[]) => boolean;
  readonly nextHandle: () => Handle;
}

/** What accepting one object comes to. */
export type Acceptance =
  | {
      readonly kind: 'accepted';
      readonly object: HeldObject;
      readonly version: HeldVersion;
      readonly dropped?: HeldVersion;
    }
  /** Held already, with the same content; its standing may have changed. */
  | {
      readonly kind: 'present';
      readonly object: HeldObject;
      readonly version: HeldVersion;
      readonly note?: string;
    }
  /** Held already; not the sender's, so nothing more is said. */
  | { readonly kind: 'known' }
  | { readonly kind: 'failed'; readonly message: string };

const failed = (message: string): Acceptance => ({ kind: 'failed', message });

/** Whether two texts hold the same content; the order of members does not matter. */
function hasSameContent(text: string, sent: CheckedObject): boolean {
  return isDeepStrictEqual(parseObjectText(text), sent.object);
}

/**
 * Accepts one checked object into the hub's space, or says why not (release rules, 1). Nothing is stored.
 * @param held what is held under its id, with what this submission brought before
 */
export function acceptObject(
  sending: Sending,
  sent: CheckedObject,
  text: string,
  held: HeldObject | undefined,
): Acceptance {
  const level = TLP_MARKINGS.get(sent.id.toLowerCase());
  if (level !== undefined) {
    return statesLevel(sent.object, level)
      ? { kind: 'known' }
      : failed(`this id stands for TLP:${level.toUpperCase()} alone`);
  }
  if (sent.id !== sent.id.toLowerCase()) {
    // Otherwise somebody could publish under the id of another, up to case.
    return failed('/id: write the UUID in lower case');
  }
  const facts = readFacts(sent.object, sent.type);
  if (held && isOfOtherNature(held, facts)) return refuseOtherNature(sending, held);
  if (facts.kind === 'observable') return acceptCopy(sending, sent, text, facts, held);
  return held ? acceptNext(sending, sent, text, facts, held) : acceptFirst(sending, sent, text, facts);
}

/**
 * Whether an id holds copies and a version was sent, or the other way round. Of a custom type only the content says
 * which it is, so that a copy could otherwise get in among another organisation's versions.
 */
function isOfOtherNature(held: HeldObject, { kind }: ObjectFacts): boolean {
  return held.versions.some(({ facts }) => (facts.kind === 'observable') !== (kind === 'observable'));
}

function refuseOtherNature({ sender }: Sending, held: HeldObject): Acceptance {
  const isTheirs = held.owner === sender.org || isHubAnalyst(sender);
  return failed(
    isTheirs ? 'this id is held already, as an observable or as an object with versions' : NEUTRAL,
  );
}

function acceptFirst(sending: Sending, sent: CheckedObject, text: string, facts: ObjectFacts): Acceptance {
  const owner = ownerOfFirst(sending, sent.id, facts.createdBy);
  if (owner === undefined) return failed(NEUTRAL);
  const version = toVersion(sending, sent, text, facts);
  return {
    kind: 'accepted',
    version,
    object: { id: sent.id, owner, versions: [version], states: new Map() },
  };
}

/** Who owns an object whose first version this is; undefined when the sender may not send it. */
function ownerOfFirst(sending: Sending, id: StixId, creator: StixId | undefined): Owner | undefined {
  const { sender } = sending;
  const subject = registeredOwner(sending, id);
  const maker = creator === undefined ? undefined : registeredOwner(sending, creator);
  const isFree = (owner: Owner | undefined): boolean => owner === undefined || owner === sender.org;
  if (!isHubAnalyst(sender) && !(isFree(subject) && isFree(maker))) return undefined;
  return subject ?? maker ?? sender.org;
}

/** The organisation that registered an identity; the hub's own and the fixed one count as the hub's. */
function registeredOwner({ organisations, hubIdentity }: Sending, identity: StixId): Owner | undefined {
  if (identity === hubIdentity || identity === FIXED_IDENTITY) return HUB;
  for (const organisation of organisations.values()) {
    // Ids that are sent are in lower case by now; one may have been registered in another (RFC 4122, 3).
    if (organisation.identity?.toLowerCase() === identity) return organisation.id;
  }
  return undefined;
}

function acceptNext(
  sending: Sending,
  sent: CheckedObject,
  text: string,
  facts: ObjectFacts,
  held: HeldObject,
): Acceptance {
  const same = held.versions.find(({ versionKey }) => versionKey === sent.versionKey);
  const isTheirs = held.owner === sending.sender.org || isHubAnalyst(sending.sender);
  // Ownership comes before content, so that a guess learns nothing.
  if (!isTheirs) {
    // What is built in is the same everywhere, so that everybody knows it.
    const isReadable = sending.fixedIds.has(sent.id) || (same && mayRead(sending, held, same));
    return same && isReadable && hasSameContent(same.text, sent) ? { kind: 'known' } : failed(NEUTRAL);
  }
  if (same) {
    if (!hasSameContent(same.text, sent)) {
      return failed(
        `version ${sent.version} is held already with other content: send a new version with a later modified`,
      );
    }
    return sending.fixedIds.has(sent.id) ? { kind: 'known' } : sendAgain(sending, held, same);
  }
  if (sending.fixedIds.has(sent.id)) return failed('this object is built in and does not change');
  const refusal = refuseVersion(sent, held.versions);
  if (refusal !== undefined) return failed(refusal);
  const version = toVersion(sending, sent, text, facts);
  const versions = [...held.versions, version].sort((a, b) => (a.versionKey < b.versionKey ? -1 : 1));
  return { kind: 'accepted', version, object: { ...held, versions } };
}

function mayRead(sending: Sending, held: HeldObject, version: HeldVersion): boolean {
  const states = [...(held.states.get(version.handle) ?? [])];
  return sending.mayReadOne(
    states.filter(([, state]) => state === 'shown').map(([collection]) => collection),
  );
}

function acceptCopy(
  sending: Sending,
  sent: CheckedObject,
  text: string,
  facts: ObjectFacts,
  held: HeldObject | undefined,
): Acceptance {
  const { sender } = sending;
  // An observable belongs to nobody, but nobody may say that another organisation made it.
  const maker = facts.createdBy === undefined ? undefined : registeredOwner(sending, facts.createdBy);
  if (maker !== undefined && maker !== sender.org && !isHubAnalyst(sender)) return failed(NEUTRAL);
  const own = held?.versions.find((copy) => copy.sender === sender.org);
  if (held && own && hasSameContent(own.text, sent)) return sendAgain(sending, held, own);
  const fresh = toVersion(sending, sent, text, facts);
  if (!held)
    return {
      kind: 'accepted',
      version: fresh,
      object: { id: sent.id, versions: [fresh], states: new Map() },
    };
  // A changed copy takes the place and the rank of the earlier one; what took it out of a collection still holds.
  const version: HeldVersion = own
    ? { ...fresh, rank: own.rank, deletedFrom: own.deletedFrom.filter((id) => id !== sending.collection.id) }
    : fresh;
  const others = held.versions.filter((copy) => copy !== own);
  const versions = [...others, version].sort((a, b) => a.rank - b.rank || a.handle - b.handle);
  const object = { ...held, versions };
  return own ? { kind: 'accepted', version, object, dropped: own } : { kind: 'accepted', version, object };
}

/** The same version once more: it may now be meant for more collections; its defaults stay. */
function sendAgain(sending: Sending, held: HeldObject, version: HeldVersion): Acceptance {
  const { collection } = sending;
  const toIntake = version.toIntake || collection.release.policy === 'intake';
  const isDirect = collection.release.policy !== 'intake';
  const postedTo =
    isDirect && !version.postedTo.includes(collection.id)
      ? [...version.postedTo, collection.id]
      : version.postedTo;
  const deletedFrom = version.deletedFrom.filter((id) => id !== collection.id);
  const again: HeldVersion = { ...version, toIntake, postedTo, deletedFrom };
  const differs =
    !isDeepStrictEqual(version.defaults, sending.defaults) || version.notBefore !== sending.notBefore;
  const versions = held.versions.map((each) => (each === version ? again : each));
  const note = differs
    ? 'already held; what was said for it when it first came still counts'
    : 'already held';
  return { kind: 'present', version: again, object: { ...held, versions }, note };
}

function toVersion(sending: Sending, sent: CheckedObject, text: string, facts: ObjectFacts): HeldVersion {
  const { collection, rank, acceptedAt } = sending;
  const toIntake = collection.release.policy === 'intake';
  return {
    handle: sending.nextHandle(),
    id: sent.id,
    version: sent.version,
    versionKey: sent.versionKey,
    sender: sending.sender.org,
    rank,
    acceptedAt,
    ...(sending.notBefore === undefined ? {} : { notBefore: sending.notBefore }),
    defaults: sending.defaults,
    facts,
    text,
    toIntake,
    postedTo: toIntake ? [] : [collection.id],
    deletedFrom: [],
  };
}
