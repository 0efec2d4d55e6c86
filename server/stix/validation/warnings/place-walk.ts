import type { JsonObject, JsonValue } from '../../../domain/held.ts';
import { isJsonArray, isJsonObject } from '../../json.ts';
import { toPointerStep } from '../faults.ts';
import { describeCustom } from './custom-names.ts';
import type { Place } from './places.ts';
import type { VocabularyCheck } from './vocabulary-values.ts';
import type { WarningList } from './warning-list.ts';

/** What a walk needs besides the place and the value. */
export interface Walk {
  readonly vocabularies: ReadonlyMap<string, VocabularyCheck>;
  readonly list: WarningList;
}

/** Looks at a value and all in it: values of open vocabularies, and members that STIX does not have there. */
export function walkPlace(walk: Walk, place: Place, value: JsonValue, path: string): void {
  if (typeof value === 'string') {
    checkWord(walk, place.vocabulary, value, path);
  } else if (isJsonArray(value)) {
    const { items } = place;
    if (items) value.forEach((item, index) => walkPlace(walk, items, item, `${path}/${index}`));
  } else if (isJsonObject(value)) {
    walkMembers(walk, place, value, path);
  }
}

function walkMembers(walk: Walk, place: Place, object: JsonObject, path: string): void {
  const { known, keyVocabulary, members, others } = place;
  for (const name of Object.keys(object)) {
    const isCustom = known?.has(name) === false;
    const inside = members.get(name) ?? others;
    if (!isCustom && !inside && keyVocabulary === undefined) continue;
    const at = `${path}${toPointerStep(name)}`;
    checkWord(walk, keyVocabulary, name, at);
    if (isCustom) warnOfCustom(walk, place, object, name, at);
    const member = object[name];
    if (inside && member !== undefined) walkPlace(walk, inside, member, at);
  }
}

function warnOfCustom(
  walk: Walk,
  { known, title }: Place,
  object: JsonObject,
  name: string,
  at: string,
): void {
  // A property that is there already cannot have been meant.
  const listMissing = () => [...(known ?? [])].filter((each) => !Object.hasOwn(object, each));
  walk.list.add(401, at, () => describeCustom(name, title, listMissing()));
}

function checkWord({ vocabularies, list }: Walk, name: string | undefined, word: string, at: string): void {
  if (name !== undefined) vocabularies.get(name)?.(word, at, list);
}
