import { isHubAnalyst, type SignedIn } from './access.ts';
import type { Collection, SpecVersion } from './collection.ts';
import { AppError } from './errors.ts';
import type { HeldObject, HeldVersion } from './held.ts';
import type { StixId } from './ids.ts';
import type { VersionSelector } from './object-query.ts';
import { redecide } from '../release/redecide.ts';
import { countsForOthers, type DecisionContext } from '../release/loader.ts';
import type { Changes, Publication, WriteSection } from '../storage/port.ts';

/** Which versions of an object a DELETE names (TAXII 2.1, 5.7); without selectors all of them. */
export interface DeletionFilter {
  readonly versions?: readonly VersionSelector[];
  readonly specVersions?: readonly SpecVersion[];
}

type Reads = Omit<WriteSection, 'reserveHandles'>;

/** The entries that a deletion names. */
function namedEntries(entries: readonly Publication[], filter: DeletionFilter): readonly Publication[] {
  const inSpec = entries.filter(({ specVersion }) => filter.specVersions?.includes(specVersion) ?? true);
  const sorted = inSpec.toSorted((a, b) => (a.versionKey < b.versionKey ? -1 : 1));
  const isNamed = (selector: VersionSelector, entry: Publication): boolean =>
    selector.all ||
    (selector.first && entry === sorted[0]) ||
    (selector.last && entry === sorted.at(-1)) ||
    selector.exact.includes(entry.versionKey);
  return sorted.filter((entry) => filter.versions?.every((selector) => isNamed(selector, entry)) ?? true);
}

/**
 * Takes the named versions out of an as-posted collection.
 * @throws AppError `object.not-found` when the collection shows none of them
 */
export async function deletePosted(
  section: Reads,
  context: DecisionContext,
  collection: Collection,
  id: StixId,
  filter: DeletionFilter,
): Promise<Changes> {
  const entries = await section.entriesOf(collection.id, id);
  const named = namedEntries(entries, filter);
  if (named.length === 0) throw new AppError('object.not-found');
  const withdraw = named.map(({ versionKey }) => ({ collection: collection.id, id, versionKey }));
  const isGone = named.length === entries.length;
  if (!isGone || !countsForOthers(context.collections, collection)) return { withdraw };
  const listing = { collection: collection.id, ids: [id], isListed: false };
  const { judgements: _, ...released } = await redecide(section, context, { objects: new Map(), listing });
  return { ...released, withdraw: [...withdraw, ...released.withdraw] };
}

/**
 * Takes the named versions out of a released collection and decides again (release rules, 5).
 * @throws AppError `object.not-found` when the collection shows none of them, `access.denied` when they belong to others
 */
export async function deleteReleased(
  section: Reads,
  context: DecisionContext,
  collection: Collection,
  sender: SignedIn,
  id: StixId,
  filter: DeletionFilter,
): Promise<Changes> {
  const entries = await section.entriesOf(collection.id, id);
  const named = new Set(namedEntries(entries, filter).map(({ versionKey }) => versionKey));
  const object = (await section.heldObjects([entries[0]?.heldId ?? id])).get(entries[0]?.heldId ?? id);
  if (named.size === 0 || !object) throw new AppError('object.not-found');
  // A deletion without a version names every version that exists, shown or not.
  const isNamed = ({ versionKey }: HeldVersion): boolean => !filter.versions || named.has(versionKey);
  const theirs = object.versions.filter((version) => isNamed(version) && mayDelete(sender, object, version));
  if (theirs.length === 0) {
    throw new AppError('access.denied', {
      detail: 'Only its owner or an analyst of the hub may delete this object.',
    });
  }
  const versions = object.versions.map((version) =>
    theirs.includes(version) && !version.deletedFrom.includes(collection.id)
      ? { ...version, deletedFrom: [...version.deletedFrom, collection.id] }
      : version,
  );
  const objects = new Map([[object.id, { ...object, versions }]]);
  const { judgements: _, ...changes } = await redecide(section, context, { objects });
  return { ...changes, versions };
}

function mayDelete(sender: SignedIn, object: HeldObject, version: HeldVersion): boolean {
  if (isHubAnalyst(sender)) return true;
  return version.facts.kind === 'observable' ? version.sender === sender.org : object.owner === sender.org;
}
