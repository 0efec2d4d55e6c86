import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { CheckedObject } from '../stix/check-object.ts';
import type { Account } from './account.ts';
import type { Choice, Choices } from './choose-ids.ts';
import { textOf } from './framework.ts';
import { append, endsOf, relationshipName, type Holding, type Holdings } from './holdings.ts';
import { judge } from './judge.ts';
import { remapReferences } from './our-form.ts';
import { toSkipped, type Release } from './release.ts';
import { revokeRest } from './versions.ts';

export interface RelationshipPlan {
  readonly accounts: readonly Account[];
  /** Of held ones that the file no longer has. */
  readonly revoked: readonly Account[];
}

/**
 * Plans the relationships of a release. Their ids there are new in every build, so they are known by their ends and
 * their type, and a new one gets an id that is derived from these: the keys of the ends, as ids may change.
 */
export function planRelationships(
  release: Release,
  { relationships }: Holdings,
  { ids, takeId }: Pick<Choices, 'ids' | 'takeId'>,
): RelationshipPlan {
  const held = new Map<string, Holding[]>();
  for (const holding of relationships) {
    append(held, endsOf(holding.object), holding);
  }
  const seen = new Set<string>();
  const plan = (checked: CheckedObject): Account => {
    const { object } = checked;
    const stranger = strangerIn(object, ids);
    if (stranger !== undefined) {
      return toSkipped(object, `its ${stranger} is ${textOf(object, stranger)}, which is not imported`);
    }
    const content = remapReferences(object, ids);
    const ends = endsOf(content);
    if (seen.has(ends)) return toSkipped(object, 'the file holds the same relationship twice');
    seen.add(ends);
    const choice = findChoice(held.get(ends) ?? [], object['revoked'] === true, () =>
      takeId('relationship', nameOf(checked, release)),
    );
    return judge(content, checked, choice, release.builtAt);
  };
  const accounts = release.relationships.map(plan);
  const present = new Set(
    release.namedRelationships
      .filter((each) => strangerIn(each, ids) === undefined)
      .map((each) => endsOf(remapReferences(each, ids))),
  );
  return { accounts, revoked: revokeRest(held, present, release.builtAt) };
}

/** Which end of a relationship is not imported. */
function strangerIn(object: JsonObject, ids: ReadonlyMap<StixId, StixId>): string | undefined {
  return ['source_ref', 'target_ref'].find((name) => !ids.has(textOf(object, name)));
}

function findChoice(held: readonly Holding[], isRevokedInFile: boolean, takeNew: () => StixId): Choice {
  const live = held.find(({ isRevoked }) => !isRevoked);
  const holding = live ?? (isRevokedInFile ? held[0] : undefined);
  return holding ? { id: holding.id, holding } : { id: takeNew() };
}

function nameOf({ object }: CheckedObject, { present }: Release): string {
  const keyOf = (name: string): string => present.get(textOf(object, name)) ?? textOf(object, name);
  return relationshipName(keyOf('source_ref'), textOf(object, 'relationship_type'), keyOf('target_ref'));
}
