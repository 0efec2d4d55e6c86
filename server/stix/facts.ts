import type { GranularMarking, JsonObject, JsonValue, ObjectFacts } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { parseVersionKey } from '../domain/timestamp.ts';
import { isIdentifier } from './identifier.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import { kindOf } from './kinds.ts';

/**
 * Reads from a checked object what the release rules need.
 * @param object an object whose shape was checked
 */
export function readFacts(object: JsonObject, type: string): ObjectFacts {
  const createdBy = object['created_by_ref'];
  const refs = new Set<StixId>();
  const modified = type === 'language-content' ? object['object_modified'] : undefined;
  const translated = typeof modified === 'string' ? parseVersionKey(modified) : undefined;
  for (const [name, value] of Object.entries(object)) {
    // At the top the creator is named in a way of its own (release rules, 3 b).
    if (name !== 'created_by_ref') collectReferences(name, value, refs);
  }
  return {
    type,
    kind: kindOf(object, type),
    ...(isIdentifier(createdBy) ? { createdBy: toLowerCase(createdBy) } : {}),
    markings: identifiersIn(object['object_marking_refs']),
    granular: readGranular(object['granular_markings']),
    refs: [...refs],
    extensions: readExtensions(object['extensions']),
    ...(translated === undefined ? {} : { objectModified: translated }),
    embedsMarkings: type === 'observed-data' && hasMarkings(object['objects']),
  };
}

/** Markings inside, as of an embedded object, are no references either. */
const MARKINGS: ReadonlySet<string> = new Set(['object_marking_refs', 'granular_markings']);

function collectReferences(name: string, value: JsonValue, found: Set<StixId>): void {
  if (MARKINGS.has(name)) return;
  if (isJsonArray(value)) {
    for (const item of value) collectReferences(name, item, found);
  } else if (isJsonObject(value)) {
    for (const [inner, member] of Object.entries(value)) collectReferences(inner, member, found);
  } else if (/_refs?$/.test(name) && isIdentifier(value)) {
    // One id under a plural, or a list under a singular, names an object all the same.
    found.add(value.toLowerCase());
  }
}

/** The rules know one spelling of an id, whatever the sender wrote. */
function toLowerCase(id: StixId): StixId {
  return id.toLowerCase();
}

function identifiersIn(value: JsonValue | undefined): readonly StixId[] {
  return isJsonArray(value) ? value.filter(isIdentifier).map(toLowerCase) : [];
}

function readGranular(value: JsonValue | undefined): readonly GranularMarking[] {
  if (!isJsonArray(value)) return [];
  return value.filter(isJsonObject).map((marking) => {
    const ref = marking['marking_ref'];
    const selectors = marking['selectors'];
    return {
      ...(isIdentifier(ref) ? { markingRef: toLowerCase(ref) } : {}),
      selectors: isJsonArray(selectors) ? selectors.filter((item) => typeof item === 'string') : [],
    };
  });
}

function readExtensions(value: JsonValue | undefined): readonly StixId[] {
  return isJsonObject(value) ? Object.keys(value).filter(isIdentifier).map(toLowerCase) : [];
}

function hasMarkings(value: JsonValue | undefined): boolean {
  if (!isJsonObject(value)) return false;
  return Object.values(value).some(
    (inner) => isJsonObject(inner) && ('object_marking_refs' in inner || 'granular_markings' in inner),
  );
}
