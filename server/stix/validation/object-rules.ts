import type { JsonObject, JsonValue } from '../../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from '../json.ts';
import { parseSelector, valueAt } from '../selector.ts';
import { contributingTo } from '../values/observable-id.ts';
import { show } from './describe.ts';
import type { FaultList } from './faults.ts';
import type { ObjectRule } from './object-rule.ts';
import { checkPattern } from './pattern-rule.ts';

/** Observables whose id has to be random when nothing contributes to it (STIX 2.1, 2.9 and section 6). */
const OFTEN_RANDOM: ReadonlySet<string> = new Set([
  'artifact',
  'email-message',
  'process',
  'user-account',
  'windows-registry-key',
  'x509-certificate',
]);

/** A granular marking may not stand on these (release rules, 2). */
const UNMARKABLE: ReadonlySet<string> = new Set(['object_marking_refs', 'granular_markings', 'revoked']);

/**
 * The rules for the objects of a schema.
 * @param name the schema's name: a type, `custom-object` or `custom-observable`
 */
export function rulesOf(name: string): readonly ObjectRule[] {
  const rules: ObjectRule[] = [checkSelectors];
  if (name.startsWith('custom-')) rules.push(checkOwnType);
  if (name === 'indicator') rules.push(checkPattern);
  if (name === 'marking-definition') rules.push(checkCircularMarkings);
  if (OFTEN_RANDOM.has(name)) {
    const contributing = contributingTo(name);
    rules.push((object, list) => checkRandomId(object, contributing, list));
  }
  return rules;
}

/** An id begins with the type; of the types of STIX the schemas say so (STIX 2.1, 2.9). */
function checkOwnType(object: JsonObject, list: FaultList): void {
  const { id, type } = object;
  if (typeof id !== 'string' || typeof type !== 'string' || id.startsWith(`${type}--`)) return;
  list.add('/id', () => `expected ${type}-- and a UUID, found ${show(id)}`);
}

/** Each selector resolves in the object (STIX 2.1, 7.2.3). */
function checkSelectors(object: JsonObject, list: FaultList): void {
  const markings = object['granular_markings'];
  if (!isJsonArray(markings)) return;
  markings.forEach((marking, index) => {
    const selectors = isJsonObject(marking) ? memberOf(marking, 'selectors') : undefined;
    if (!isJsonArray(selectors)) return;
    selectors.forEach((selector, at) => {
      const reason = typeof selector === 'string' ? refuseSelector(object, selector) : undefined;
      if (reason === undefined) return;
      list.add(`/granular_markings/${index}/selectors/${at}`, () => `${reason}, found ${show(selector)}`);
    });
  });
}

function refuseSelector(object: JsonObject, selector: string): string | undefined {
  const path = parseSelector(selector);
  if (!path) return 'expected a selector, such as labels.[0]';
  if (UNMARKABLE.has(String(path[0]))) return 'expected a selector of neither a marking nor revoked';
  return valueAt(object, path) === undefined ? 'expected a selector of something in this object' : undefined;
}

/** A marking-definition does not mark itself (STIX 2.1, 7.2.1). */
function checkCircularMarkings(object: JsonObject, list: FaultList): void {
  const id = object['id'];
  if (typeof id !== 'string') return;
  const refuse = (ref: JsonValue | undefined, path: string): void => {
    if (typeof ref !== 'string' || ref.toLowerCase() !== id.toLowerCase()) return;
    list.add(path, () => 'expected another marking-definition, found the id of this one');
  };
  const refs = object['object_marking_refs'];
  if (isJsonArray(refs)) refs.forEach((ref, index) => refuse(ref, `/object_marking_refs/${index}`));
  const markings = object['granular_markings'];
  if (!isJsonArray(markings)) return;
  markings.forEach((marking, index) => {
    const ref = isJsonObject(marking) ? memberOf(marking, 'marking_ref') : undefined;
    refuse(ref, `/granular_markings/${index}/marking_ref`);
  });
}

/** Where the version of a UUID stands, from the end of an identifier. */
const VERSION_FROM_END = 22;

function checkRandomId(object: JsonObject, contributing: readonly string[], list: FaultList): void {
  for (const name of contributing) if (object[name] !== undefined) return;
  const id = object['id'];
  if (typeof id !== 'string' || id.at(-VERSION_FROM_END) === '4') return;
  list.add(
    '/id',
    () => `expected a UUID of version 4, as nothing in this object makes up its id, found ${show(id)}`,
  );
}
