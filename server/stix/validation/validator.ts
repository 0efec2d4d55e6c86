import { setImmediate } from 'node:timers/promises';
import type { SchemaObject } from 'ajv/dist/2020.js';
import type { JsonObject, JsonValue } from '../../domain/held.ts';
import { isJsonObject, memberOf } from '../json.ts';
import { isObservable } from '../kinds.ts';
import { createCompiler, type Checks } from './compiler.ts';
import { addErrors, show } from './describe.ts';
import { createEmbeddedRule } from './embedded.ts';
import { FaultList, NO_FAULTS, type Fault, type Findings } from './faults.ts';
import { createCheckingAjv } from './keywords.ts';
import { createNameEngine, namesIn } from './known-names.ts';
import { findMisspeltMarking } from './misspelt-markings.ts';
import { findMeant } from './near-miss.ts';
import type { ObjectRule } from './object-rule.ts';
import { rulesOf } from './object-rules.ts';
import { isLarge, MAX_EXPLAINED_VALUES } from './object-size.ts';
import { DEFINED_TYPES, type StixSchemas } from './schema-files.ts';
import { createValueChecks } from './value-checks.ts';

/** Checks objects against STIX 2.1. */
export interface Validator {
  /**
   * Checks one object: its schema, and what no schema can say.
   * @returns its faults, bounded; none when it is valid
   */
  readonly check: (value: JsonValue) => Findings;
  /** The same, but of what the schema finds only the first: for uploads with very many faulty objects. */
  readonly checkBriefly: (value: JsonValue) => Findings;
  /** Checks what a bundle itself has; its objects are checked one by one. */
  checkBundle(value: JsonValue): Findings;
  /** A custom property of a valid object that was probably meant to be its markings. */
  findMisspeltMarking(object: JsonObject): Fault | undefined;
  /** Compiles all schemas before they are needed, with others served in between. Ends early when it is aborted. */
  prepare(signal: AbortSignal): Promise<void>;
}

/** Adds what a schema finds in an object that it refuses. */
type Explain = (judged: Judged, value: JsonValue, list: FaultList) => void;

/** A schema, and what is run for its objects. */
interface Judged {
  readonly schema: SchemaObject;
  readonly checks: Checks;
}

/**
 * Makes a validator. Each type's schema is compiled once, when it is first needed.
 * @param schemas what `readStixSchemas` read
 */
export function createValidator(schemas: StixSchemas): Validator {
  const checks = createValueChecks(schemas.lists);
  const checkEmbedded = createEmbeddedRule(schemas, checks);
  const listRules = (name: string): readonly ObjectRule[] =>
    name === 'observed-data' ? [...rulesOf(name), checkEmbedded] : rulesOf(name);
  const names = namesIn(schemas.files);
  const quick = { allErrors: false, code: { regExp: createNameEngine(schemas.files, names) } };
  const compile = createCompiler(schemas.files, createCheckingAjv(checks, quick), listRules);
  const compileThorough = createCompiler(schemas.files, createCheckingAjv(checks), listRules);
  const typeNames = [...schemas.types.keys()].filter((name) => name !== 'bundle');

  /** Of the types of STIX that came by: nearly every object is of one. */
  const known = new Map<JsonValue, Judged>();

  function judge(value: JsonValue, explain: Explain): Findings {
    const type = isJsonObject(value) ? value['type'] : undefined;
    const judged = type === undefined ? undefined : known.get(type);
    if (judged) return run(judged, value, explain);
    const schema = schemaOf(schemas, value);
    if (!schema) return checkType(value, typeNames);
    const found = { schema, checks: compile(schema) };
    if (typeof type === 'string' && schemas.types.get(type) === schema) known.set(type, found);
    return run(found, value, explain);
  }

  /** Most objects are valid: all that is wrong is looked for only when something is. */
  function run(judged: Judged, value: JsonValue, explain: Explain): Findings {
    const { checks } = judged;
    const list = new FaultList();
    if (!checks.validate(value)) explain(judged, value, list);
    if (isJsonObject(value)) for (const rule of checks.rules) rule(value, list);
    return list.isEmpty ? NO_FAULTS : list.toFindings();
  }

  const explainAll: Explain = (judged, value, list) => {
    if (isLarge(value)) {
      explainFirst(judged, value, list);
      list.addKind('', 'size', () => TOO_LARGE);
      return;
    }
    const thorough = compileThorough(judged.schema);
    thorough.validate(value);
    takeErrors(thorough, list);
    judged.checks.validate.errors = null;
  };

  return {
    check: (value) => {
      const findings = judge(value, explainAll);
      return findings.count > 0 ? hintAtType(findings, value, typeNames) : findings;
    },
    checkBriefly: (value) => judge(value, explainFirst),
    checkBundle(value) {
      const bundle = schemas.types.get('bundle');
      if (!bundle) throw new Error('the schema bundle.json is missing');
      return run({ schema: bundle, checks: compile(bundle) }, value, explainAll);
    },
    findMisspeltMarking: (object) => findMisspeltMarking(object, names),
    async prepare(signal) {
      const { types, defined, customObject, customObservable } = schemas;
      for (const schema of [...types.values(), ...defined.values(), customObject, customObservable]) {
        for (const compileOne of [compile, compileThorough]) {
          if (signal.aborted) return;
          compileOne(schema);
          await setImmediate();
        }
      }
    },
  };
}

/** What the quick schema found when it refused the object: the first fault. */
const explainFirst: Explain = ({ checks }, _value, list) => takeErrors(checks, list);

/** Adds what a schema found last, and lets it go: the function would keep it, with the object that it found it in. */
function takeErrors({ validate }: Checks, list: FaultList): void {
  addErrors(validate.errors ?? [], list);
  validate.errors = null;
}

const TOO_LARGE = `the object has more than ${MAX_EXPLAINED_VALUES} values, so only its first fault was looked for`;

/** The schema by which an object is judged; undefined when its type is no type. */
function schemaOf(schemas: StixSchemas, value: JsonValue): SchemaObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const type = memberOf(value, 'type');
  if (typeof type !== 'string' || type === 'bundle') return undefined;
  return schemas.types.get(type) ?? schemaOfDefined(schemas, value) ?? schemaOfCustom(schemas, value, type);
}

function schemaOfDefined(schemas: StixSchemas, value: JsonObject): SchemaObject | undefined {
  const extensions = memberOf(value, 'extensions');
  if (!isJsonObject(extensions)) return undefined;
  for (const id of DEFINED_TYPES.keys()) if (Object.hasOwn(extensions, id)) return schemas.defined.get(id);
  return undefined;
}

function schemaOfCustom(schemas: StixSchemas, value: JsonObject, type: string): SchemaObject {
  return isObservable(value, type) ? schemas.customObservable : schemas.customObject;
}

function checkType(value: JsonValue, typeNames: readonly string[]): Findings {
  const list = new FaultList();
  if (!isJsonObject(value)) list.add('', () => `expected a STIX object, found ${show(value)}`);
  else {
    const type = memberOf(value, 'type');
    list.add('/type', () => describeType(type, Object.keys(value), typeNames));
  }
  return list.toFindings();
}

/** What is wrong with an object of a custom type may only be that its type has a slip. */
function hintAtType(findings: Findings, value: JsonValue, typeNames: readonly string[]): Findings {
  const type = isJsonObject(value) ? memberOf(value, 'type') : undefined;
  const meant = typeof type === 'string' ? findMeant(type, typeNames) : undefined;
  if (meant === undefined) return findings;
  const message = `expected the type of an object, found ${show(type)} (was ${JSON.stringify(meant)} meant?)`;
  const others = findings.faults.filter(({ path }) => path !== '/type' && path !== '/id');
  return {
    faults: [{ path: '/type', message }, ...others],
    count: findings.count - (findings.faults.length - others.length) + 1,
  };
}

function describeType(
  type: JsonValue | undefined,
  members: readonly string[],
  typeNames: readonly string[],
): string {
  if (type === 'bundle') return 'expected one object, found a bundle: send the objects in it';
  if (type !== undefined)
    return `expected the type of an object, such as ${String(typeNames[0])}, found ${show(type)}`;
  const meant = findMeant('type', members);
  return meant === undefined ? 'is missing' : `is missing (was ${JSON.stringify(meant)} meant to be it?)`;
}
