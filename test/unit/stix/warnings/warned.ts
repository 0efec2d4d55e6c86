import assert from 'node:assert/strict';
import type { JsonObject, JsonValue } from '../../../../server/domain/held.ts';
import { createBundleWarner, createWarner } from '../../../../server/stix/validation/warnings.ts';
import type { WarningCode } from '../../../../server/stix/validation/warnings/catalogue.ts';
import type { Warning } from '../../../../server/stix/validation/warnings/warning-list.ts';
import { SCHEMAS } from '../../../support/stix-validator.ts';

export const warn = createWarner(SCHEMAS);
export const warnOfBundle = createBundleWarner(SCHEMAS);

const RANDOM = '7c575100-88ab-4f5c-9d0e-3b1a0f4c2d10';
const DERIVED = '7c575100-88ab-5f5c-9d0e-3b1a0f4c2d10';

/** An object with times and an id of its own. */
export function versioned(type: string, properties: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  const time = '2018-08-21T18:00:00.000Z';
  return {
    type,
    spec_version: '2.1',
    id: `${type}--${RANDOM}`,
    created: time,
    modified: time,
    ...properties,
  };
}

export function observable(type: string, properties: Readonly<Record<string, JsonValue>> = {}): JsonObject {
  return { type, spec_version: '2.1', id: `${type}--${DERIVED}`, ...properties };
}

/** The code and the place of each warning, such as `401 /first_sen`. */
function listPlaces(object: JsonValue): readonly string[] {
  return warn(object).warnings.map(({ code, path }) => `${String(code)} ${path}`);
}

/** The first warning of a code about an object. */
export function requireWarning(object: JsonValue, code: WarningCode): Warning {
  const { warnings } = warn(object);
  const found = warnings.find((warning) => warning.code === code);
  assert.ok(found, `no warning ${String(code)}, found ${JSON.stringify(warnings)}`);
  return found;
}

/** That an object gives exactly these warnings, each as its code and its place. */
export function assertWarns(object: JsonValue, ...places: readonly string[]): void {
  assert.deepEqual([...listPlaces(object)].sort(), [...places].sort());
}

/** That an object gives no warning at all. */
export function assertSilent(object: JsonValue): void {
  assert.deepEqual(warn(object), { warnings: [], count: 0 });
}
