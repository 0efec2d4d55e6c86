import type { StixId } from '../domain/ids.ts';
import { deriveFreeId } from './derived-id.ts';
import { DISARM_MARKING } from './framework.ts';
import type { Holding, Holdings } from './holdings.ts';
import { hasSameContent } from './our-form.ts';
import type { Member, Release } from './release.ts';

/** Under which id an object of the file is posted, and what is held there already. */
export interface Choice {
  readonly id: StixId;
  readonly holding?: Holding;
}

export interface Choices {
  readonly choices: ReadonlyMap<Member, Choice>;
  /** From ids in the file to ids in the collection. */
  readonly ids: ReadonlyMap<StixId, StixId>;
  /** Gives out an id derived from a name, one that nothing has. */
  readonly takeId: (type: string, name: string) => StixId;
}

/**
 * Decides under which id each object of the file goes: the one it was first seen under, for what is held.
 * What is new keeps the id it has in the file, unless something else has it.
 */
export function chooseIds(release: Release, holdings: Holdings): Choices {
  const choices = new Map<Member, Choice>();
  const ids = new Map<StixId, StixId>();
  const isTaken = (id: StixId): boolean => holdings.byId.has(id);
  const takeId = (type: string, name: string): StixId => deriveFreeId(type, name, isTaken);
  const takeNew = ({ id, type, key }: Member): StixId => (isTaken(id) ? takeId(type, key) : id);
  const choose = (member: Member, holding: Holding | undefined): void => {
    const choice = holding ? { id: holding.id, holding } : { id: takeNew(member) };
    choices.set(member, choice);
    ids.set(member.id, choice.id);
  };
  for (const member of release.identities) choose(member, holdings.byId.get(member.id));
  for (const member of release.markings) choose(member, findMarking(member, holdings));
  for (const member of release.framework) choose(member, findHolding(member, holdings));
  // What is held and cannot be read in the file is still what the file refers to.
  for (const [id, key] of release.present) {
    const holding = holdings.framework.get(key)?.find(({ isRevoked }) => !isRevoked);
    if (holding && !ids.has(id)) ids.set(id, holding.id);
  }
  return { choices, ids, takeId };
}

/**
 * A marking has no versions: with another statement the licence is another marking. The other markings are not
 * DISARM's, and what is held of them stands.
 */
function findMarking({ id, object }: Member, { byId, markings }: Holdings): Holding | undefined {
  if (id !== DISARM_MARKING) return byId.get(id);
  return [byId.get(id), ...markings].find(
    (holding) => holding !== undefined && hasSameContent(object, holding.object),
  );
}

/** The object first seen for an external id. A revoked one is final, unless the file has it revoked as well. */
function findHolding({ key, object }: Member, { framework }: Holdings): Holding | undefined {
  const held = framework.get(key) ?? [];
  return held.find(({ isRevoked }) => !isRevoked) ?? (object['revoked'] === true ? held[0] : undefined);
}
