import { isIdentifier, typeOfId } from '../../identifier.ts';
import { memberOf } from '../../json.ts';
import { show } from '../describe.ts';
import { suggestName } from './custom-names.ts';
import { RELATIONSHIPS } from './relationship-table.ts';
import type { WarningRule } from './subject.ts';

/** From any type to any. */
const GENERAL = 'related-to';
/** From any type to the same one. */
const AMONG_LIKES = ['derived-from', 'duplicate-of'];

/** No relationship may begin or end there, which is an error already. */
const NO_ENDS: ReadonlySet<string> = new Set([
  'bundle',
  'extension-definition',
  'language-content',
  'marking-definition',
  'relationship',
  'sighting',
]);

/** A relationship that STIX does not list: where it shows, and why. */
interface Odd {
  readonly at: string;
  readonly describe: () => string;
}

/**
 * 202: the relationships that STIX lists (STIX 2.1, 5.1 and each type).
 * @param typeNames the types that STIX defines: of others it lists no relationships
 */
export function createRelationshipRule(typeNames: ReadonlySet<string>): WarningRule {
  return ({ object, type, path }, list) => {
    if (type !== 'relationship') return;
    const name = memberOf(object, 'relationship_type');
    const source = memberOf(object, 'source_ref');
    const target = memberOf(object, 'target_ref');
    if (typeof name !== 'string' || !isIdentifier(source) || !isIdentifier(target)) return;
    const from = typeOfId(source);
    const to = typeOfId(target);
    if (![from, to].every((end) => typeNames.has(end) && !NO_ENDS.has(end))) return;
    const odd = findOdd(name, from, to);
    if (odd) list.add(202, `${path}/${odd.at}`, odd.describe);
  };
}

function findOdd(name: string, from: string, to: string): Odd | undefined {
  if (name === GENERAL) return undefined;
  if (AMONG_LIKES.includes(name)) return from === to ? undefined : oddTarget(name, from, [from], to);
  const listed = RELATIONSHIPS.get(from);
  const targets = listed?.get(name);
  if (!targets) {
    const names = [...(listed?.keys() ?? []), ...AMONG_LIKES, GENERAL];
    return { at: 'relationship_type', describe: () => describeName(name, from, names) };
  }
  return targets.includes(to) ? undefined : oddTarget(name, from, targets, to);
}

function describeName(name: string, from: string, names: readonly string[]): string {
  return `expected a relationship that STIX lists for ${from} (${names.join(', ')}), found ${show(name)}${suggestName(name, names)}`;
}

function oddTarget(name: string, from: string, targets: readonly string[], to: string): Odd {
  const wanted = targets.join(', ');
  return {
    at: 'target_ref',
    describe: () => `expected what "${from} ${name}" leads to (${wanted}), found ${to}`,
  };
}
