import { canRead, canWrite, type SignedIn } from '../domain/access.ts';
import { isAsPosted, isReleased, type Collection } from '../domain/collection.ts';
import { AppError } from '../domain/errors.ts';
import type { PullFeed } from '../domain/feed.ts';

/**
 * The collection that a pull fills: the one that is named, else the intake collection.
 * @param wanted an alias or an id
 * @throws AppError `input.invalid`
 */
export function findInto(collections: readonly Collection[], wanted: string | undefined): Collection {
  if (wanted !== undefined) {
    const found = findNamed(collections, wanted);
    if (!isReleased(found)) return found;
    throw refuse(
      `"${found.alias}" is filled by the release rules: pull into the intake collection, or a plain one.`,
    );
  }
  const intakes = collections.filter(({ release }) => release.policy === 'intake');
  const [intake] = intakes;
  if (intake && intakes.length === 1) return intake;
  const candidates = collections.filter((each) => !isReleased(each));
  throw refuse(`Say into which collection the objects go: ${listOf(candidates)}.`);
}

/**
 * The collection that a push sends.
 * @throws AppError `input.invalid`
 */
export function findFrom(collections: readonly Collection[], wanted: string): Collection {
  const found = findNamed(collections, wanted);
  if (found.release.policy !== 'intake') return found;
  throw refuse(`"${found.alias}" takes objects and shows none: push from a collection that can be read.`);
}

function findNamed(collections: readonly Collection[], wanted: string): Collection {
  const found = collections.find(({ id, alias }) => alias === wanted || id === wanted.toLowerCase());
  if (found) return found;
  if (collections.length === 0) {
    throw refuse('This database has no collections yet: start the server once, so that it takes them over.');
  }
  throw refuse(`There is no collection ${JSON.stringify(wanted)}. There are: ${listOf(collections)}.`);
}

/** @throws AppError `input.invalid` when the organisation may not write there, or its defaults would be passed over */
export function requireInto(principal: SignedIn, target: Collection, defaults: PullFeed['defaults']): void {
  if (!canWrite(principal, target)) {
    throw refuse(
      `The organisation "${principal.org}" may not write to "${target.alias}". Pull into another collection, ` +
        'take another organisation, or grant it the right in the collection file.',
    );
  }
  if (isAsPosted(target) && Object.keys(defaults).length > 0) {
    throw refuse(`"${target.alias}" shows what is posted as it is: leave out TLP, audience and consent.`);
  }
}

/** @throws AppError `input.invalid` when the organisation may not read there */
export function requireFrom(principal: SignedIn, source: Collection): void {
  if (canRead(principal, source)) return;
  throw refuse(
    `The organisation "${principal.org}" may not read "${source.alias}", so nothing of it may be sent there. ` +
      'Push from another collection, take another organisation, or grant it the right in the collection file.',
  );
}

function listOf(collections: readonly Collection[]): string {
  return collections.map(({ alias }) => `"${alias}"`).join(', ');
}

function refuse(detail: string): AppError {
  return new AppError('input.invalid', { detail });
}
