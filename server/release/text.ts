import type { JsonObject, JsonValue } from '../domain/held.ts';
import { isIdentifier } from '../stix/identifier.ts';
import { isJsonObject } from '../stix/json.ts';
import { parseVersionKey } from '../domain/timestamp.ts';

/** Shorter texts stand anywhere by chance. */
const MIN_LENGTH = 4;

/** Properties that hold types, markings or values of vocabularies: neither looked for nor looked in (release rules, 3). */
const NOT_TEXT: ReadonlySet<string> = new Set([
  'id',
  'type',
  'spec_version',
  'lang',
  'languages',
  'object_marking_refs',
  'granular_markings',
  'relationship_type',
  'extension_type',
  'extension_types',
  'definition_type',
  'identity_class',
  'sectors',
  'roles',
  'threat_actor_types',
  'indicator_types',
  'infrastructure_types',
  'malware_types',
  'report_types',
  'tool_types',
  'narrative_types',
  'channel_types',
  'architecture_execution_envs',
  'implementation_languages',
  'capabilities',
  'resource_level',
  'primary_motivation',
  'secondary_motivations',
  'personal_motivations',
  'sophistication',
  'context',
  'region',
  'country',
  'pattern_type',
  'opinion',
  'result',
  'account_type',
  'encryption_algorithm',
  'kill_chain_name',
  'phase_name',
  'kind',
  'audiences',
  'consent',
  'platform',
  'asset_type',
  'authenticity',
  'action',
  'reason',
  'legal_basis',
  'qualifier',
  'status',
  'assessment',
]);

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** The form in which texts are compared: NFC, case folded. */
export function foldText(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

function isText(text: string): boolean {
  return !isIdentifier(text) && parseVersionKey(text) === undefined;
}

/** The strings of a value that are text, folded. */
export function textsIn(name: string, value: JsonValue): readonly string[] {
  const found: string[] = [];
  collect(name, value, found);
  return found;
}

function collect(name: string, value: JsonValue, found: string[]): void {
  if (NOT_TEXT.has(name)) return;
  if (typeof value === 'string') {
    if (isText(value)) found.push(foldText(value));
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (isJsonObject(value)) for (const [inner, member] of Object.entries(value)) collect(inner, member, found);
  else for (const item of value) collect(name, item, found);
}

/** All text of an object, folded. */
export function textsOf(object: JsonObject): readonly string[] {
  return Object.entries(object).flatMap(([name, value]) => textsIn(name, value));
}

/** Of these texts, those long enough to be looked for. */
export function worthLookingFor(texts: readonly string[]): readonly string[] {
  return texts.filter((text) => lengthOf(text) >= MIN_LENGTH);
}

/** Whether a folded text stands in one of the others. */
export function standsIn(needle: string, texts: readonly string[]): boolean {
  return texts.some((text) => text.includes(needle));
}

/** Whether a folded name stands in one of the texts; a short one only as a whole word. */
export function nameStandsIn(name: string, texts: readonly string[]): boolean {
  if (name.length === 0) return false;
  if (lengthOf(name) >= MIN_LENGTH) return standsIn(name, texts);
  return texts.some((text) => hasWord(text, name));
}

function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const isWhole =
      !/[\p{L}\p{N}]$/u.test(text.slice(0, at)) && !/^[\p{L}\p{N}]/u.test(text.slice(at + word.length));
    if (isWhole) return true;
  }
  return false;
}
