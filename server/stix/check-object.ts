import type { SpecVersion } from '../domain/collection.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { FIXED_VERSION, parseVersionKey } from '../domain/timestamp.ts';
import { checkStix20 } from './check-stix20.ts';
import { isIdentifier } from './identifier.ts';
import { isJsonObject, memberOf } from './json.ts';
import { isObservable } from './kinds.ts';
import type { Findings } from './validation/faults.ts';

/** An object that was found valid: what everything after the border relies on. */
export interface CheckedObject {
  readonly object: JsonObject;
  readonly type: string;
  readonly id: StixId;
  /** The text of `modified`, else `created`, else the fixed value (TAXII 2.1, 3.4.1). */
  readonly version: string;
  readonly versionKey: string;
  readonly specVersion: SpecVersion;
}

const FIXED_KEY = parseVersionKey(FIXED_VERSION) ?? FIXED_VERSION;

/**
 * Checks an object: of STIX 2.1 everything, of STIX 2.0 what the server relies on.
 * @param judge judges an object of STIX 2.1
 * @param taken the versions of STIX that are taken; where 2.0 is none, an object without `spec_version` is a faulty 2.1
 * @returns the object, or its faults, at least one
 */
export function checkObject(
  judge: (value: JsonValue) => Findings,
  value: JsonValue,
  taken: readonly SpecVersion[],
): CheckedObject | Findings {
  const specVersion = taken.includes('2.0') ? specVersionOf(value) : '2.1';
  const findings = specVersion === '2.0' ? checkStix20(value) : judge(value);
  if (findings.count > 0) return findings;
  const checked = toCheckedObject(value, specVersion);
  return checked ?? { faults: [{ path: '', message: 'cannot be read as a STIX object' }], count: 1 };
}

/** Whether a check found faults. */
export function isFaulty(result: CheckedObject | Findings): result is Findings {
  return 'faults' in result;
}

/**
 * What the server relies on, read from an object that is known to be valid.
 * @returns undefined when it is not one after all
 */
export function toCheckedObject(value: JsonValue, specVersion: SpecVersion): CheckedObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const { type, id } = value;
  if (typeof type !== 'string' || !isIdentifier(id)) return undefined;
  const version = versionOf(value, type, specVersion);
  const versionKey = version === FIXED_VERSION ? FIXED_KEY : parseVersionKey(version);
  return versionKey === undefined ? undefined : { object: value, type, id, version, versionKey, specVersion };
}

/** STIX 2.0 objects have times and no `spec_version`; of STIX 2.1 only observables may leave it out. */
function specVersionOf(value: JsonValue): SpecVersion {
  if (!isJsonObject(value)) return '2.1';
  const stated = memberOf(value, 'spec_version');
  if (stated !== undefined) return stated === '2.0' ? '2.0' : '2.1';
  const { type } = value;
  if (memberOf(value, 'created') === undefined || typeof type !== 'string') return '2.1';
  return isObservable(value, type) ? '2.1' : '2.0';
}

function versionOf(object: JsonObject, type: string, specVersion: SpecVersion): string {
  if (specVersion === '2.1' && isObservable(object, type)) return FIXED_VERSION;
  const version = memberOf(object, 'modified') ?? memberOf(object, 'created');
  return typeof version === 'string' ? version : FIXED_VERSION;
}
