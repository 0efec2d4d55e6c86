/*
 * Checks the same objects over and over in one warm process. Arguments: what to do, and a file with one JSON object a
 * line. Says when it is ready; then each line of its input is a number of milliseconds, and is answered with what was
 * done in them.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { SchemaObject, ValidateFunction } from 'ajv/dist/2020.js';
import { findPackageRoot } from '../../server/config/package-root.ts';
import type { JsonObject } from '../../server/domain/held.ts';
import { memberOf, parseObjectText } from '../../server/stix/json.ts';
import { isObservable } from '../../server/stix/kinds.ts';
import { createCompiler } from '../../server/stix/validation/compiler.ts';
import { createPlainAjv } from '../../server/stix/validation/keywords.ts';
import { DEFINED_TYPES, readStixSchemas } from '../../server/stix/validation/schema-files.ts';
import { createValidator } from '../../server/stix/validation/validator.ts';
import type { LoadResult } from './load.ts';

/** Goes over all objects once. @returns how many were found valid */
type Pass = () => number;

const [task = '', file = ''] = process.argv.slice(2);
const texts = readFileSync(file, 'utf8').split('\n');
const objects = texts.map(parseObjectText);
const schemas = readStixSchemas(findPackageRoot());
const goOver = createPass();

const refused = texts.length - goOver();
if (refused > 0) throw new Error(`${task}: ${refused} of ${texts.length} objects were refused`);
process.stdout.write(`${JSON.stringify({ refused })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(repeat(Number(line)))}\n`);
}

function createPass(): Pass {
  switch (task) {
    case 'validator': {
      const validator = createValidator(schemas);
      return () => count(objects, (object) => validator.check(object).count === 0);
    }
    case 'ajv':
      return createAjvPass();
    case 'parse and validator': {
      const validator = createValidator(schemas);
      return () => count(texts, (text) => validator.check(parseObject(text)).count === 0);
    }
    case 'parse':
      return () => count(texts, (text) => parseObject(text)['type'] !== '');
    default:
      throw new Error(`there is nothing to do like ${task}`);
  }
}

/** Finds the compiled schema of an object by one look-up of its type: no less than our own validator has to do. */
function createAjvPass(): Pass {
  const ajv = createPlainAjv({ allErrors: false, verbose: false });
  const compile = createCompiler(schemas.files, ajv, () => []);
  const byType = new Map<unknown, ValidateFunction>(
    objects.map((object) => [object['type'], compile(schemaOf(object)).validate]),
  );
  return () => count(objects, (object) => byType.get(object['type'])?.(object) === true);
}

function schemaOf(object: JsonObject): SchemaObject {
  const type = memberOf(object, 'type');
  if (typeof type !== 'string') throw new Error('an object has no type');
  const ofType = schemas.types.get(type);
  if (ofType) return ofType;
  for (const [id, name] of DEFINED_TYPES) {
    const defined = schemas.defined.get(id);
    if (name === type && defined) return defined;
  }
  return isObservable(object, type) ? schemas.customObservable : schemas.customObject;
}

function parseObject(text: string): JsonObject {
  return JSON.parse(text) as JsonObject;
}

function count<T>(all: readonly T[], isValid: (one: T) => boolean): number {
  let valid = 0;
  for (const one of all) if (isValid(one)) valid += 1;
  return valid;
}

function repeat(milliseconds: number): LoadResult {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  let answers = 0;
  while (performance.now() - before < milliseconds) answers += goOver();
  const seconds = (performance.now() - before) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return { answers, seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, medianMs: 0 };
}
