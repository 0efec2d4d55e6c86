import type { DecisionState, HeldObject, HeldVersion } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { WriteSection } from '../storage/port.ts';
import type { DecisionContext, Listing } from './loader.ts';
import { namesIn } from './losses.ts';
import { foldText } from './text.ts';

type Reads = Pick<WriteSection, 'namersOf' | 'idsOf'>;

/** What of a change may reach others by being named. */
interface News {
  readonly objects: ReadonlyMap<StixId, HeldObject>;
  readonly fresh?: readonly HeldVersion[];
  readonly dropped?: readonly HeldVersion[];
  readonly listing?: Listing;
}

const CANDIDATES: readonly DecisionState[] = ['shown', 'eligible', 'waiting', 'blocked', 'lost'];

/** What rests on a new marking, extension-definition, identity or original by naming it, not by referring to it. */
export async function dependentsByName(
  section: Reads,
  { organisations }: DecisionContext,
  { objects, fresh = [], dropped = [], listing }: News,
): Promise<readonly StixId[]> {
  const found = new Set<StixId>();
  const add = async (...args: Parameters<Reads['namersOf']>): Promise<void> => {
    if (args[0].length > 0) for (const id of await section.namersOf(...args)) found.add(id);
  };
  const freshIds = [...new Set(fresh.map(({ id }) => id))];
  await add(ofType(freshIds, 'marking-definition'), ['marking'], 'any');
  const marked = [...found];
  await add(ofType(freshIds, 'extension-definition'), ['extension'], CANDIDATES);
  // Under a narrow consent the submitter's names may not stand in a text.
  const renamed = ofType(freshIds, 'identity').filter((id) =>
    bringsNames(organisations, objects.get(id), fresh),
  );
  // Also of versions that are candidates nowhere: what a later one may not tell counts for the earlier ones.
  await add(renamed, ['creator'], 'any');
  for (const { id, identity } of organisations.values()) {
    if (identity === undefined || !renamed.includes(identity)) continue;
    for (const owned of await section.idsOf(id)) found.add(owned);
  }
  const isGranular = ({ facts }: HeldVersion): boolean => facts.granular.length > 0;
  const granular = [
    ...freshIds.filter((id) => objects.get(id)?.versions.some(isGranular)),
    ...dropped.filter(isGranular).map(({ id }) => id),
    // A marking that is understood only now may select a part of them.
    ...marked,
  ];
  if (granular.length > 0) {
    const about = await section.namersOf(granular, ['reference'], CANDIDATES);
    for (const id of ofType(about, 'language-content')) found.add(id);
  }
  // What counted as shown because it was listed may now have to be waited for.
  if (listing && !listing.isListed) await add(listing.ids, ['reference'], ['shown', 'eligible']);
  return [...found];
}

function ofType(ids: readonly StixId[], type: string): readonly StixId[] {
  return ids.filter((id) => id.startsWith(`${type}--`));
}

/** Whether a new version of an identity has names that neither an earlier one nor its organisation had. */
function bringsNames(
  organisations: DecisionContext['organisations'],
  identity: HeldObject | undefined,
  fresh: readonly HeldVersion[],
): boolean {
  const versions = identity?.versions ?? [];
  const isFresh = ({ handle }: HeldVersion): boolean => fresh.some((each) => each.handle === handle);
  const known = new Set(versions.filter((version) => !isFresh(version)).flatMap(namesIn));
  for (const organisation of organisations.values()) {
    if (organisation.identity === identity?.id) known.add(foldText(organisation.name));
  }
  return versions
    .filter(isFresh)
    .flatMap(namesIn)
    .some((name) => !known.has(name));
}
