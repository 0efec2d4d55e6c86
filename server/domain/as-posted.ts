import { isDeepStrictEqual } from 'node:util';
import { TLP_MARKINGS } from '../release/markings.ts';
import { readFacts } from '../stix/facts.ts';
import { isJsonArray, isJsonObject, parseObjectText } from '../stix/json.ts';
import type { CheckedObject } from '../stix/check-object.ts';
import type { Publication } from '../storage/port.ts';
import type { JsonValue } from './held.ts';
import { TLP_LEVELS, type Collection, type TlpLevel } from './collection.ts';
import { refuseVersion } from './version-rules.ts';

/** What posting one object to a plain collection comes to. */
export type Posting =
  | { readonly kind: 'published'; readonly publication: Publication }
  | { readonly kind: 'present' }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Judges one object for an as-posted collection, a space of its own without release rules (release rules, 1).
 * @param entries what the collection shows under the id, with what this submission brought before
 */
export function postObject(
  collection: Collection,
  sent: CheckedObject,
  text: string,
  entries: readonly Publication[],
): Posting {
  if (!collection.stixVersions.includes(sent.specVersion)) {
    return {
      kind: 'failed',
      message: `/spec_version: this collection does not take STIX ${sent.specVersion}`,
    };
  }
  const facts = readFacts(sent.object, sent.type);
  const refusal = tlpRefusal(collection, markingsAnywhere(sent.object));
  if (refusal !== undefined) return { kind: 'failed', message: refusal };
  const same = entries.find(({ versionKey }) => versionKey === sent.versionKey);
  if (same && isDeepStrictEqual(parseObjectText(same.text), sent.object)) return { kind: 'present' };
  // An SCO has no versions: what changed takes the place of what was there.
  if (same && facts.kind !== 'observable') {
    const message = `version ${sent.version} is held already with other content: send a new version with a later modified`;
    return { kind: 'failed', message };
  }
  const unlike =
    facts.kind === 'observable' || same ? undefined : refuseVersion(sent, sortByVersion(entries));
  if (unlike !== undefined) return { kind: 'failed', message: unlike };
  const { id, type, version, versionKey, specVersion } = sent;
  return {
    kind: 'published',
    publication: { collection: collection.id, id, heldId: id, type, version, versionKey, specVersion, text },
  };
}

function sortByVersion(entries: readonly Publication[]): readonly Publication[] {
  return entries.toSorted((a, b) => (a.versionKey < b.versionKey ? -1 : 1));
}

const MARKING_NAMES: ReadonlySet<string> = new Set(['object_marking_refs', 'marking_ref']);

/** What stands as a marking anywhere in an object, in whatever form: of STIX 2.0, or in embedded objects. */
function markingsAnywhere(value: JsonValue, isMarking = false): readonly string[] {
  if (typeof value === 'string') return isMarking ? [value.toLowerCase()] : [];
  if (isJsonArray(value)) return value.flatMap((item) => markingsAnywhere(item, isMarking));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    markingsAnywhere(member, isMarking || MARKING_NAMES.has(name)),
  );
}

/** Without a `maxTlp` of its own a plain collection still refuses RED. */
function tlpRefusal({ release }: Collection, markings: readonly string[]): string | undefined {
  const most: TlpLevel = release.policy === 'as-posted' ? (release.maxTlp ?? 'amber+strict') : 'clear';
  const levels = markings.flatMap((id) => TLP_MARKINGS.get(id) ?? []);
  const above = levels.find((level) => TLP_LEVELS.indexOf(level) > TLP_LEVELS.indexOf(most));
  return above && `TLP:${above.toUpperCase()} is above what this collection takes, TLP:${most.toUpperCase()}`;
}
