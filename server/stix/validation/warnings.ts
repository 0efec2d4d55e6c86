import type { JsonObject, JsonValue } from '../../domain/held.ts';
import { isJsonArray, isJsonObject, memberOf } from '../json.ts';
import { isObservable } from '../kinds.ts';
import { toPointerStep } from './faults.ts';
import type { StixSchemas } from './schema-files.ts';
import {
  warnOfDeprecated,
  warnOfExtensionDefinition,
  warnOfIndicator,
  warnOfProduct,
  warnOfReferences,
} from './warnings/contents.ts';
import { createTypeRule } from './warnings/custom-types.ts';
import { warnOfDuplicates } from './warnings/duplicates.ts';
import { hasExtensionType, warnOfExtensions } from './warnings/extension-use.ts';
import { createIdRule } from './warnings/identifiers.ts';
import { warnOfKillChains } from './warnings/kill-chains.ts';
import { warnOfMarking } from './warnings/markings.ts';
import { membersAt } from './warnings/members-at.ts';
import { warnOfKeys, warnOfObjectKeys, warnOfPorts, warnOfPriority } from './warnings/observables.ts';
import { createPatternRule, type ObservableProperties } from './warnings/pattern-names.ts';
import { walkPlace } from './warnings/place-walk.ts';
import { createRegistryRule } from './warnings/registries.ts';
import { createRelationshipRule } from './warnings/relationships.ts';
import type { Subject, WarningRule } from './warnings/subject.ts';
import { createPlaceFinder, type PlaceFinder } from './warnings/type-places.ts';
import { createVocabularyChecks } from './warnings/vocabulary-values.ts';
import { WarningList, type Warnings } from './warnings/warning-list.ts';

/** Looks at one object for what is allowed, but not as STIX advises. Never throws, whatever the object holds. */
export type Warner = (value: JsonValue) => Warnings;

/**
 * Makes a warner of what no single object tells: duplicates (203), and what the bundle itself has. It takes a bundle, or
 * anything else with a list of `objects`, such as a TAXII envelope; the objects themselves are for a `Warner`.
 * @param schemas what `readStixSchemas` read
 */
export function createBundleWarner(schemas: StixSchemas): Warner {
  const findPlace = createPlaceFinder(schemas);
  const checkId = createIdRule(new Set(schemas.types.keys()));
  const checkPlaces = createPlaceRule(schemas, findPlace);
  return (value) => {
    const list = new WarningList();
    const bundle = toSubject(value, '');
    if (bundle?.type === 'bundle') for (const rule of [checkId, checkPlaces]) rule(bundle, list);
    const objects = isJsonObject(value) ? memberOf(value, 'objects') : undefined;
    if (isJsonArray(objects)) warnOfDuplicates(objects, '/objects', list);
    return list.toWarnings();
  };
}

/**
 * Makes a warner. About 20 ms, so make it once.
 * @param schemas what `readStixSchemas` read
 * @throws Error when the schemas name a warning that does not exist: the package is damaged.
 */
export function createWarner(schemas: StixSchemas): Warner {
  const findPlace = createPlaceFinder(schemas);
  const rules = [...listRules(schemas, findPlace), createPlaceRule(schemas, findPlace)];
  return (value) => {
    const list = new WarningList();
    const subject = toSubject(value, '');
    if (!subject || subject.type === 'bundle') return list.toWarnings();
    for (const rule of rules) rule(subject, list);
    for (const inner of listInner(subject)) for (const rule of rules) rule(inner, list);
    return list.toWarnings();
  };
}

function listRules(schemas: StixSchemas, findPlace: PlaceFinder): readonly WarningRule[] {
  const typeNames = new Set([...schemas.types.keys()].filter((name) => name !== 'bundle'));
  return [
    createTypeRule(typeNames),
    createIdRule(typeNames),
    warnOfExtensions,
    warnOfMarking,
    warnOfKillChains,
    createRelationshipRule(typeNames),
    warnOfIndicator,
    createPatternRule(listObservables(typeNames, findPlace)),
    warnOfProduct,
    warnOfExtensionDefinition,
    warnOfDeprecated,
    warnOfObjectKeys,
    warnOfPorts,
    createRegistryRule(schemas.lists),
    warnOfPriority,
    warnOfKeys,
    warnOfReferences,
  ];
}

/** Vocabularies, custom properties and extensions: what the schema of the type tells. */
function createPlaceRule(schemas: StixSchemas, findPlace: PlaceFinder): WarningRule {
  const vocabularies = createVocabularyChecks(schemas);
  return (subject, list) => {
    const { object, type, path } = subject;
    const place = findPlace(object, type);
    // Such an extension defines the properties that STIX does not have.
    const isExtended = hasExtensionType(object, 'toplevel-property-extension');
    walkPlace({ vocabularies, list }, isExtended ? { ...place, known: undefined } : place, object, path);
  };
}

function listObservables(typeNames: ReadonlySet<string>, findPlace: PlaceFinder): ObservableProperties {
  const types = [...typeNames].filter((type) => isObservable({ created: '' }, type));
  return new Map(types.map((type) => [type, findPlace({}, type).known ?? new Set()]));
}

function toSubject(value: JsonValue | undefined, path: string): Subject | undefined {
  if (!isJsonObject(value)) return undefined;
  const type = memberOf(value, 'type');
  return typeof type === 'string' ? { object: value, type, path } : undefined;
}

/** The observables inside observed data, as STIX 2.0 had them. */
function listInner({ object, type }: Subject): readonly Subject[] {
  if (type !== 'observed-data') return [];
  const objects: JsonObject = membersAt(object, ['objects']);
  return Object.keys(objects).flatMap((name) => {
    const inner = toSubject(memberOf(objects, name), `/objects${toPointerStep(name)}`);
    return inner ? [inner] : [];
  });
}
