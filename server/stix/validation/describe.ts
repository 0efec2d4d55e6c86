import type { ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject } from '../../domain/held.ts';
import { isJsonArray, isJsonObject } from '../json.ts';
import { MAX_TOLD, toPointerStep, type FaultList } from './faults.ts';
import { findMeant } from './near-miss.ts';

const MAX_KEY = 1000;
/** Longer texts are cut where they are shown. */
const MAX_SHOWN = 60;

/** Adds what ajv found to the list, as people read it. */
export function addErrors(errors: readonly ErrorObject[], list: FaultList): void {
  const kept: ErrorObject[] = [];
  /** What has a name that may not be, by place and name: its schema knows the names that may. */
  const owners = new Map<string, ErrorObject>();
  for (const error of errors) {
    if (error.keyword === 'propertyNames' && owners.size < MAX_TOLD && isShort(error))
      owners.set(nameKey(error), error);
    // What is wrong with the branches comes right before the alternative that failed as a whole.
    if (isGroup(error)) dropBranches(kept, error);
    if (!isNoise(error)) kept.push(error);
  }
  for (const error of kept) addError(error, list, owners);
}

/** Long texts are hashed by their length alone, so they make no keys. */
function isShort({ instancePath, propertyName, params }: ErrorObject): boolean {
  return instancePath.length + (propertyName ?? stringAt(params, 'propertyName')).length < MAX_KEY;
}

function nameKey({ instancePath, propertyName, params }: ErrorObject): string {
  return `${instancePath} ${propertyName ?? stringAt(params, 'propertyName')}`;
}

function dropBranches(kept: ErrorObject[], group: ErrorObject): void {
  for (let last = kept.at(-1); last && isInside(last, group); last = kept.at(-1)) kept.pop();
}

/** An alternative that failed as a whole; what is wrong with each of its branches tells nobody anything. */
function isGroup({ keyword }: ErrorObject): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'not';
}

function isInside(error: ErrorObject, group: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${group.schemaPath}/`) && error.instancePath.startsWith(group.instancePath)
  );
}

/** Said better by the error that comes with it. */
function isNoise(error: ErrorObject): boolean {
  const { keyword, parentSchema, data } = error;
  if (keyword === 'if' || keyword === 'propertyNames') return true;
  // What is no object fails every alternative as well.
  return isGroup(error) && parentSchema?.['type'] === 'object' && !isJsonObject(data);
}

function addError(error: ErrorObject, list: FaultList, owners: ReadonlyMap<string, ErrorObject>): void {
  const { instancePath, propertyName } = error;
  if (propertyName !== undefined) {
    list.add(`${instancePath}${toPointerStep(propertyName)}`, () =>
      describeName(error, propertyName, isShort(error) ? owners.get(nameKey(error)) : undefined),
    );
  } else if (error.keyword === 'required') {
    const name = stringAt(error.params, 'missingProperty');
    list.add(`${instancePath}${toPointerStep(name)}`, () => describeMissing(error, name));
  } else if (error.keyword === 'timeOrder') {
    const later = stringAt(error.params, 'later');
    list.add(`${instancePath}${toPointerStep(later)}`, () => describeOrder(error.params));
  } else if (isGroup(error)) {
    list.addKind(instancePath, error.schemaPath, () => describe(error));
  } else {
    list.add(instancePath, () => describe(error));
  }
}

function describeName(error: ErrorObject, name: string, owner: ErrorObject | undefined): string {
  // All that a name may not be is reserved (STIX 2.1, 11.1).
  if (error.keyword === 'not') return `expected another name: ${JSON.stringify(name)} is reserved`;
  const properties: unknown = owner?.parentSchema?.['properties'];
  const meant = findMeant(name, isJsonObject(properties) ? Object.keys(properties) : []);
  return `expected ${expectedOf(error)}${meant === undefined ? '' : ` (was ${JSON.stringify(meant)} meant?)`}`;
}

function describe(error: ErrorObject): string {
  if (isGroup(error) && isJsonObject(error.data)) {
    return `expected ${expectedOf(error)}, found ${describeChoice(error, error.data)}`;
  }
  return `expected ${expectedOf(error)}, found ${show(error.data)}${suggestValue(error)}`;
}

/** Which of the members that an alternative asks for are there. */
function describeChoice({ schema }: ErrorObject, data: JsonObject): string {
  const named = new Set(namesIn(schema));
  if (named.size === 0) return 'other members';
  const present = [...named].filter((name) => Object.hasOwn(data, name));
  if (present.length === 0) return named.size === 2 ? 'neither' : 'none of them';
  return present.join(' and ');
}

/** The names that the branches of an alternative require. */
function namesIn(schema: unknown): readonly string[] {
  if (isJsonArray(schema)) return schema.flatMap(namesIn);
  const required = isJsonObject(schema) ? schema['required'] : undefined;
  return isJsonArray(required) ? required.map(String) : [];
}

/** What the schema says people should write; of an enumeration its values. */
function expectedOf({ parentSchema, keyword, schema }: ErrorObject): string {
  const expected: unknown = parentSchema?.['expected'];
  if (typeof expected === 'string') return expected;
  const values: unknown = keyword === 'enum' ? schema : parentSchema?.['enum'];
  if (Array.isArray(values)) return listValues(values);
  return keyword === 'type' ? `a value of the type ${String(schema)}` : `what the rule "${keyword}" asks for`;
}

function listValues(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return shown.length === 1 ? String(shown[0]) : `one of ${shown.join(', ')}`;
}

function describeMissing({ parentSchema, schemaPath, data }: ErrorObject, name: string): string {
  const expected: unknown = parentSchema?.['expected'];
  // Required only sometimes, the schema says why.
  const why = schemaPath.includes('/then/') && typeof expected === 'string' ? `: expected ${expected}` : '';
  const properties: unknown = parentSchema?.['properties'];
  const value = name === 'spec_version' ? ': expected "2.1" (without it an object is STIX 2.0)' : '';
  const written = isJsonObject(data) ? Object.keys(data) : [];
  const known = isJsonObject(properties) ? Object.keys(properties) : [];
  const meant = findMeant(
    name,
    written.filter((each) => !known.includes(each)),
  );
  return `is missing${why}${value}${meant === undefined ? '' : ` (was ${JSON.stringify(meant)} meant to be it?)`}`;
}

function describeOrder(params: Readonly<Record<string, unknown>>): string {
  const relation = params['strict'] === true ? 'after' : 'not before';
  const earlier = `${stringAt(params, 'earlier')} (${stringAt(params, 'start')})`;
  return `expected a time ${relation} ${earlier}, found ${show(params['end'])}`;
}

function suggestValue({ keyword, schema, data }: ErrorObject): string {
  if (typeof data !== 'string') return '';
  const values = keyword === 'enum' && Array.isArray(schema) ? schema : [];
  const meant = findMeant(
    data,
    values.filter((value) => typeof value === 'string'),
  );
  return meant === undefined ? '' : ` (was ${JSON.stringify(meant)} meant?)`;
}

function stringAt(params: Readonly<Record<string, unknown>>, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}

/** A value as a message shows it: short, and one line. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isJsonArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (isJsonObject(value)) return Object.keys(value).length === 0 ? 'an empty object' : 'an object';
  if (typeof value !== 'string') return JSON.stringify(value);
  return JSON.stringify(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN).toWellFormed()}…` : value);
}
