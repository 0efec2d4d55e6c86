import { INCIDENT_TAKEDOWN, MARKING_AUDIENCE, USER_ACCOUNT_PLATFORM } from '../stix/extension-ids.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import { isIdentifier } from '../stix/identifier.ts';
import { isJsonArray, isJsonObject } from '../stix/json.ts';
import { listComparisons } from '../stix/pattern/comparison-list.ts';
import { isPatternFault } from '../stix/pattern/fault.ts';
import { parsePattern } from '../stix/pattern/parser.ts';
import { valueAt, type Path } from '../stix/selector.ts';
import { parseVersionKey } from '../domain/timestamp.ts';

/** Shorter texts stand anywhere by chance. */
const MIN_LENGTH = 4;

/** Neither looked for nor looked in, at the top of an object (release rules, 3). */
const NEVER_TEXT_AT_TOP: ReadonlySet<string> = new Set(['id', 'type', 'spec_version']);
/** The same wherever they stand. */
const NEVER_TEXT: ReadonlySet<string> = new Set([
  'object_marking_refs',
  'granular_markings',
  'extension_type',
]);

/** Properties of each type whose values come from a vocabulary, an enumeration or a list of codes. */
const VOCABULARIES: Readonly<Record<string, readonly string[]>> = {
  grouping: ['context'],
  identity: ['identity_class', 'sectors'],
  indicator: ['indicator_types', 'pattern_type'],
  infrastructure: ['infrastructure_types'],
  'intrusion-set': ['resource_level', 'primary_motivation', 'secondary_motivations'],
  location: ['region', 'country'],
  malware: ['malware_types', 'architecture_execution_envs', 'implementation_languages', 'capabilities'],
  'malware-analysis': ['result'],
  opinion: ['opinion'],
  report: ['report_types'],
  'threat-actor': [
    'threat_actor_types',
    'roles',
    'sophistication',
    'resource_level',
    'primary_motivation',
    'secondary_motivations',
    'personal_motivations',
  ],
  tool: ['tool_types'],
  relationship: ['relationship_type'],
  artifact: ['encryption_algorithm'],
  'user-account': ['account_type'],
  'extension-definition': ['extension_types'],
  'marking-definition': ['definition_type'],
  narrative: ['narrative_types', 'assessment', 'languages'],
  channel: ['channel_types', 'platform', 'status', 'languages'],
};

/** The same inside our own extensions: incident-takedown, user-account-platform, marking-audience. */
const EXTENSION_VOCABULARIES: Readonly<Record<string, readonly string[]>> = {
  [INCIDENT_TAKEDOWN]: [
    'action',
    'reason',
    'legal_basis',
    'platform',
    'asset_type',
    'qualifier',
    'relation',
    'informed',
  ],
  [USER_ACCOUNT_PLATFORM]: ['platform', 'asset_type', 'authenticity', 'status', 'language'],
  [MARKING_AUDIENCE]: ['kind', 'audiences', 'consent'],
};

/** Whether what stands under these names, from the top down, is no text of anybody's own. */
function isNoText(type: string, names: readonly string[]): boolean {
  const [top, second] = names;
  const last = names.at(-1);
  if (top === undefined || last === undefined || NEVER_TEXT.has(last)) return true;
  if (names.length === 1 && NEVER_TEXT_AT_TOP.has(last)) return true;
  if (names.length === 1) return last === 'lang' || (VOCABULARIES[type]?.includes(last) ?? false);
  if (top === 'kill_chain_phases') return true;
  return (
    top === 'extensions' && second !== undefined && (EXTENSION_VOCABULARIES[second]?.includes(last) ?? false)
  );
}

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}

/** The form in which texts are compared: NFC, case folded, any white space between words as one blank. */
export function foldText(text: string): string {
  const folded = text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
  return folded.replaceAll(/\s+/gu, ' ');
}

function isText(text: string): boolean {
  return !isIdentifier(text) && parseVersionKey(text) === undefined;
}

/** The texts at a path of an object, folded. */
export function textsAt(object: JsonObject, path: Path): readonly string[] {
  const found: string[] = [];
  const value = valueAt(object, path);
  const names = path.filter((step) => typeof step === 'string');
  if (value !== undefined) collect(typeOf(object), names, value, found);
  return found;
}

/** All text of an object, folded. */
export function textsOf(object: JsonObject): readonly string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(object)) collect(typeOf(object), [name], value, found);
  return [...found, ...textsInPattern(object)];
}

/** What a STIX pattern says is written there with escapes, in hexadecimal digits or in base64. */
function textsInPattern(object: JsonObject): readonly string[] {
  const { pattern } = object;
  if (typeOf(object) !== 'indicator' || typeof pattern !== 'string') return [];
  const parsed = parsePattern(pattern);
  if (isPatternFault(parsed)) return [];
  const names = listComparisons(parsed).flatMap(({ path }) =>
    path.steps.flatMap((step) => (step.kind === 'property' ? [foldText(step.name)] : [])),
  );
  const literals = parsed.literals.flatMap(({ text, operator }) => {
    // A regular expression has escapes of its own.
    return operator === 'MATCHES'
      ? [foldText(text), foldText(text.replaceAll(/\\(.)/gsu, '$1'))]
      : [foldText(text)];
  });
  return [...names, ...literals];
}

function typeOf(object: JsonObject): string {
  return typeof object['type'] === 'string' ? object['type'] : '';
}

function collect(type: string, names: readonly string[], value: JsonValue, found: string[]): void {
  if (isNoText(type, names)) return;
  if (typeof value === 'string') {
    if (isText(value)) found.push(foldText(value));
  } else if (isJsonObject(value)) {
    for (const [inner, member] of Object.entries(value)) collect(type, [...names, inner], member, found);
  } else if (isJsonArray(value)) {
    for (const item of value) collect(type, names, item, found);
  }
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
