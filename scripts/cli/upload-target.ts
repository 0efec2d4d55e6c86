import {
  canWrite,
  requireWrite,
  type SignedIn,
  type WritableCollection,
} from '../../server/domain/access.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { AppError } from '../../server/domain/errors.ts';

/**
 * The collection that an upload goes to: the one named by id or alias, else the intake collection.
 * @throws AppError `input.invalid` when there is none, `access.denied` when the user may not write to it
 */
export function requireTarget(
  collections: readonly Collection[],
  sender: SignedIn,
  named: string | undefined,
): WritableCollection {
  const collection =
    named === undefined
      ? collections.find(({ release }) => release.policy === 'intake')
      : (collections.find(({ id }) => id === named.toLowerCase()) ??
        collections.find(({ alias }) => alias === named));
  if (!collection) throw new AppError('input.invalid', { detail: describeMissing(named) });
  if (canWrite(sender, collection)) return requireWrite(sender, collection);
  // Whoever can open the database may know which collections there are.
  const { user, org, audience, role, hub } = sender;
  const grants = collection.write.length === 0 ? 'nobody' : collection.write.join(', ');
  const who = `${user} is ${role} of ${org} (${audience}${hub ? ', runs the hub' : ''})`;
  throw new AppError('access.denied', {
    detail: `The user "${user}" may not write to "${collection.alias}": it is granted to ${grants}, and ${who}.`,
  });
}

function describeMissing(named: string | undefined): string {
  const list = 'List them with: pollwatch collections';
  return named === undefined
    ? `There is no intake collection: name a collection with --to. ${list}`
    : `There is no collection "${named}". ${list}`;
}
