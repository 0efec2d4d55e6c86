import { DEFINED_TYPES } from '../schema-files.ts';
import { suggestName } from './custom-names.ts';
import { hasExtensionType } from './extension-use.ts';
import type { WarningRule } from './subject.ts';

const OURS: ReadonlyMap<string, string> = new Map([...DEFINED_TYPES].map(([id, type]) => [type, id]));

/**
 * 401: a type that is neither of STIX nor comes with an extension that defines it (STIX 2.1, 7.3 and 11.2).
 * @param typeNames the types that STIX defines
 */
export function createTypeRule(typeNames: ReadonlySet<string>): WarningRule {
  const known = [...typeNames, ...OURS.keys()];
  return ({ object, type, path }, list) => {
    if (typeNames.has(type) || hasExtensionType(object, 'new-')) return;
    list.add(401, `${path}/type`, () => describeType(type, known));
  };
}

function describeType(type: string, known: readonly string[]): string {
  const id = OURS.get(type);
  if (id !== undefined)
    return `comes with the extension ${id} of the extension_type new-sdo, which is missing`;
  return `is no type of STIX${suggestName(type, known) || '; others come with an extension of the extension_type new-sdo, new-sco or new-sro'}`;
}
