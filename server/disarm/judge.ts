import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { Account } from './account.ts';
import type { Choice } from './choose-ids.ts';
import { isByAnother } from './framework.ts';
import { hasSameContent } from './our-form.ts';
import type { Moment } from './release.ts';
import { toNextVersion } from './versions.ts';

/**
 * What posting one object comes to.
 * @param content in our form, its references by the ids under which things are held
 * @param member the object as it is in the file
 * @param builtAt of the release
 */
export function judge(
  content: JsonObject,
  member: Moment & { readonly id: StixId },
  { id, holding }: Choice,
  builtAt: Moment,
): Account {
  const fileId = member.id;
  if (!holding) return { action: 'added', object: { ...content, id }, id, fileId };
  if (hasSameContent(content, holding.object))
    return { action: 'unchanged', object: holding.object, id, fileId };
  const obstacle = findObstacle(holding.object);
  if (obstacle !== undefined)
    return { action: 'skipped', object: holding.object, id, fileId, reason: obstacle };
  if (holding.isRevoked) {
    const reason = 'it is revoked, here or in the file, and a revoked object has no later versions';
    return {
      action: content['revoked'] === true ? 'unchanged' : 'skipped',
      object: holding.object,
      id,
      fileId,
      reason,
    };
  }
  const object = toNextVersion(content, holding, [member, builtAt]);
  const isRevoked = content['revoked'] === true;
  return { action: 'changed', object, id, fileId, ...(isRevoked ? { reason: 'revoked by DISARM' } : {}) };
}

/** Why an import has no right to make a later version of what is held. */
function findObstacle(held: JsonObject): string | undefined {
  if (held['type'] === 'marking-definition') {
    return 'another marking is held under its id, and a marking has no versions';
  }
  return isByAnother(held) ? 'what is held under its id is by somebody else' : undefined;
}
