import type { Ajv2020, SchemaObject, ValidateFunction } from 'ajv/dist/2020.js';
import type { JsonObject, JsonValue } from '../../domain/held.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { isObservable } from '../kinds.ts';
import { createCompiler, nameOf, type Checks } from './compiler.ts';
import { addErrors, show } from './describe.ts';
import { embeddedIdOf, embedSchemas } from './embedded-schemas.ts';
import { toPointerStep, type FaultList } from './faults.ts';
import { createCheckingAjv } from './keywords.ts';
import type { ObjectRule } from './object-rule.ts';
import { rulesOf } from './object-rules.ts';
import { isLarge } from './object-size.ts';
import type { StixSchemas } from './schema-files.ts';
import type { ValueChecks } from './value-checks.ts';

/** The type of each member of a container, by its key and by its id: a reference may name either. */
type Members = ReadonlyMap<string, string>;

/** What ajv is told of where a value stands. */
type Place = NonNullable<Parameters<ValidateFunction>[1]>;

/** What checks members: fast, or finding all that is wrong. */
interface Compilers {
  readonly schemaOf: (type: string) => SchemaObject;
  readonly quick: (schema: SchemaObject) => Checks;
  readonly thorough: (schema: SchemaObject) => Checks;
}

/**
 * Makes the rule for the observables inside the deprecated `objects` of observed data (STIX 2.1, 4.14): each is an
 * observable with or without an id, and refers to the others. Nothing is compiled before the first such object comes.
 * @param schemas what `readStixSchemas` read
 */
export function createEmbeddedRule(schemas: StixSchemas, checks: ValueChecks): ObjectRule {
  let made: Compilers | undefined;
  return (object, list) => {
    const container = memberOf(object, 'objects');
    if (!isJsonObject(container)) return;
    made ??= createCompilers(schemas, checks);
    checkContainer(made, container, list);
  };
}

function createCompilers(schemas: StixSchemas, checks: ValueChecks): Compilers {
  const shared = schemas.files.filter((file) => ['common', 'predefined-extensions'].includes(nameOf(file)));
  const types = [...schemas.types].filter(([type]) => isObservable({ created: '' }, type));
  const sources = [...types.map(([, schema]) => schema), schemas.customObservable];
  const embedded = embedSchemas([...shared, ...sources]);
  const files = [...schemas.files, ...embedded];
  const byId = new Map(embedded.map((schema) => [String(schema.$id), schema]));
  const find = (source: SchemaObject): SchemaObject => {
    const schema = byId.get(embeddedIdOf(source));
    if (!schema) throw new Error(`the embedded form of ${nameOf(source)} is missing`);
    return schema;
  };
  const byType = new Map(types.map(([type, schema]) => [type, find(schema)]));
  const custom = find(schemas.customObservable);
  // The schemas that these are made from are checked where they are compiled themselves.
  const quick = createCheckingAjv(checks, { allErrors: false, validateSchema: false });
  const thorough = createCheckingAjv(checks, { validateSchema: false });
  for (const ajv of [quick, thorough]) addReferences(ajv);
  return {
    schemaOf: (type) => byType.get(type) ?? custom,
    quick: createCompiler(files, quick, rulesOf),
    thorough: createCompiler(files, thorough, rulesOf),
  };
}

/** Adds the keyword of references to members of the container, which comes as the root of the data. */
function addReferences(ajv: Ajv2020): void {
  ajv.addKeyword({
    keyword: 'containedRef',
    schemaType: 'string',
    type: 'string',
    errors: false,
    compile: (pattern: string) => {
      const wanted = new RegExp(pattern, 'u');
      return (reference: string, place?: Place) => {
        const members: unknown = place?.rootData;
        const type: unknown = members instanceof Map ? members.get(reference) : undefined;
        return typeof type === 'string' && wanted.test(`${type}--`);
      };
    },
  });
}

function checkContainer(compilers: Compilers, container: JsonObject, list: FaultList): void {
  const members = listMembers(container);
  let compileThorough: Compilers['quick'] | undefined;
  for (const [key, member] of Object.entries(container)) {
    const faults = list.within(`/objects${toPointerStep(key)}`);
    const type = isJsonObject(member) ? requireType(member, faults) : undefined;
    if (type === undefined || !isJsonObject(member)) continue;
    const schema = compilers.schemaOf(type);
    const place: Place = {
      instancePath: '',
      parentData: container,
      parentDataProperty: key,
      rootData: members,
      dynamicAnchors: {},
    };
    const { validate, rules } = compilers.quick(schema);
    if (!validate(member, place)) {
      compileThorough ??= isLarge(container) ? compilers.quick : compilers.thorough;
      explain(compileThorough(schema).validate, member, place, faults);
    }
    for (const rule of rules) rule(member, faults);
  }
}

function explain(validate: ValidateFunction, member: JsonObject, place: Place, faults: FaultList): void {
  validate(member, place);
  addErrors(validate.errors ?? [], faults);
  // The function keeps what it found last, with the object that it found it in.
  validate.errors = null;
}

/** What is no object, or has no type, the schema of observed data refuses. */
function requireType(member: JsonObject, faults: FaultList): string | undefined {
  const type = memberOf(member, 'type');
  if (typeof type === 'string' && isObservable(member, type)) return type;
  faults.add(
    '/type',
    () => `expected the type of an observable (SCO), such as domain-name, found ${show(type)}`,
  );
  return undefined;
}

function listMembers(container: JsonObject): Members {
  const members = new Map<string, string>();
  const add = (name: JsonValue | undefined, member: JsonValue): void => {
    const type = isJsonObject(member) ? memberOf(member, 'type') : undefined;
    if (typeof name === 'string' && typeof type === 'string') members.set(name, type);
  };
  for (const member of Object.values(container))
    if (isJsonObject(member)) add(memberOf(member, 'id'), member);
  for (const [key, member] of Object.entries(container)) add(key, member);
  return members;
}
