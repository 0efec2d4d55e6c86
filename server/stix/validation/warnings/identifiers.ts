import type { JsonObject } from '../../../domain/held.ts';
import { isIdentifier } from '../../identifier.ts';
import { memberOf } from '../../json.ts';
import { isObservable } from '../../kinds.ts';
import { observableId } from '../../values/observable-id.ts';
import { show } from '../describe.ts';
import type { WarningRule } from './subject.ts';

/** Where the version of a UUID stands, from the end of an identifier. */
const VERSION_FROM_END = 22;

/** They look like observables, but their ids are random. */
const RANDOM: ReadonlySet<string> = new Set(['bundle', 'process']);

/**
 * 103: the UUID of an observable has version 5, any other version 4 (STIX 2.1, 2.9).
 * @param typeNames the types that STIX defines
 */
export function createIdRule(typeNames: ReadonlySet<string>): WarningRule {
  return ({ object, type, path }, list) => {
    const id = memberOf(object, 'id');
    // Observables inside observed data need no id.
    if (path !== '' || !isIdentifier(id)) return;
    const version = id.at(-VERSION_FROM_END) ?? '';
    const usual = typeNames.has(type) ? usualVersions(object, type, version) : '45';
    if (usual.includes(version)) return;
    list.add(103, '/id', () => `expected a UUID of version ${usual}, found ${show(id)}`);
  };
}

function usualVersions(object: JsonObject, type: string, version: string): string {
  if (RANDOM.has(type) || !isObservable(object, type)) return '4';
  // Nothing makes up the id of such an observable, so it has to be random.
  return version === '4' && observableId(object) === undefined ? '4' : '5';
}
