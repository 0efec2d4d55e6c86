import { describeReason, type Judgement } from '../release/judgement.ts';
import { releasedCollections } from '../release/loader.ts';
import type { Judgements } from '../release/redecide.ts';
import type { Collection } from './collection.ts';
import type { HeldVersion } from './held.ts';
import type { ObjectOutcome } from './submission.ts';

/** What a version comes to in one collection, in words. */
interface Standing {
  readonly alias: string;
  readonly state: 'shown' | 'waiting' | 'withheld';
  readonly reasons: readonly string[];
}

/** What is said of a copy when a later one of the same organisation has taken its place. */
export const REPLACED = 'replaced by a later copy';

function stateOf({ state }: Judgement): Standing['state'] {
  // A copy beside an earlier one is as good as shown: the collection shows the object.
  if (state === 'shown' || state === 'eligible') return 'shown';
  return state === 'waiting' ? 'waiting' : 'withheld';
}

/** What became of a version in every collection that the release rules fill. */
function standingsOf(
  collections: readonly Collection[],
  judgements: Judgements,
  version: HeldVersion,
): readonly Standing[] {
  return releasedCollections(collections).map(({ id, alias }) => {
    const judgement = judgements.get(id)?.get(version.handle) ?? { reasons: [] };
    return { alias, state: stateOf(judgement), reasons: judgement.reasons.map(describeReason) };
  });
}

/**
 * The outcome of an accepted version (release rules, 3: status): failure when it is withheld everywhere, pending
 * while it waits somewhere, success otherwise.
 */
export function outcomeOf(
  collections: readonly Collection[],
  judgements: Judgements,
  version: HeldVersion,
  note?: string,
): ObjectOutcome {
  const standings = standingsOf(collections, judgements, version);
  const result = resultOf(collections, judgements, version, standings);
  const message = describe(version, standings, note);
  const { id, handle } = version;
  return { id, version: version.version, result, message, handle };
}

function resultOf(
  collections: readonly Collection[],
  judgements: Judgements,
  version: HeldVersion,
  standings: readonly Standing[],
): ObjectOutcome['result'] {
  // Supporting objects never wait and come in with what names them; nothing has to name them yet.
  if (version.facts.kind === 'supporting') return version.verdict?.kind === 'refused' ? 'failure' : 'success';
  if (standings.some(({ state }) => state === 'waiting')) return 'pending';
  if (standings.some(({ state }) => state === 'shown')) return 'success';
  const gaveWay = releasedCollections(collections).some(({ id }) =>
    judgements
      .get(id)
      ?.get(version.handle)
      ?.reasons.some(({ code }) => code === 'later-version'),
  );
  return gaveWay ? 'success' : 'failure';
}

function describe(version: HeldVersion, standings: readonly Standing[], note: string | undefined): string {
  const parts: string[] = note === undefined ? [] : [note];
  const shown = standings.filter(({ state }) => state === 'shown').map(({ alias }) => alias);
  if (shown.length > 0) parts.push(`shown in ${shown.join(', ')}`);
  if (version.facts.kind === 'supporting') {
    if (shown.length === 0) parts.push('it comes into a collection with what names it there');
    return parts.join('; ');
  }
  for (const { alias, state, reasons } of standings) {
    if (state === 'waiting') parts.push(`waits for ${alias}: ${reasons.join(', ')}`);
  }
  for (const { alias, state, reasons } of standings) {
    if (state === 'withheld') parts.push(`withheld from ${alias}: ${reasons.join(', ')}`);
  }
  return parts.join('; ');
}
