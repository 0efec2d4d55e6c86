import type { SpecVersion } from '../domain/collection.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { FIXED_VERSION, parseVersionKey } from '../domain/timestamp.ts';
import { isIdentifier, isTypeName, isUuid, typeOfId } from './identifier.ts';
import { isJsonArray, isJsonObject, memberOf } from './json.ts';
import { isObservable } from './kinds.ts';
import { parseSelector, valueAt } from './selector.ts';

/** What is wrong with one property. */
export interface ShapeFault {
  /** JSON pointer. */
  readonly path: string;
  readonly message: string;
}

/** An object whose shape holds: what everything after the border relies on. */
export interface ShapedObject {
  readonly object: JsonObject;
  readonly type: string;
  readonly id: StixId;
  readonly version: string;
  readonly versionKey: string;
  readonly specVersion: SpecVersion;
}

const RESERVED_TYPES: ReadonlySet<string> = new Set(['bundle', 'action']);
/** A granular marking may not stand on these (release rules, 2). */
const UNMARKABLE: ReadonlySet<string> = new Set(['object_marking_refs', 'granular_markings', 'revoked']);
const MIN_FRACTION = /\.\d{3,}Z$/;

/**
 * Checks what every STIX object must have: `type`, `id`, `spec_version`, its times, its markings.
 * @returns the object, or what is wrong with it, at least one fault
 */
export function checkShape(value: JsonValue): ShapedObject | readonly ShapeFault[] {
  if (!isJsonObject(value)) return [{ path: '', message: 'must be a JSON object' }];
  const faults: ShapeFault[] = [];
  const type = checkType(value, faults);
  const id = checkId(value, type, faults);
  if (type === undefined || id === undefined) return faults;
  const specVersion = checkSpecVersion(value, type, faults);
  const version = checkTimes(value, type, specVersion, faults);
  checkFlags(value, faults);
  if (specVersion === '2.1') checkMarkings(value, faults);
  if (faults.length > 0 || version === undefined) return faults;
  return { object: value, type, id, specVersion, ...version };
}

/** Whether a check found faults. */
export function isFaulty(result: ShapedObject | readonly ShapeFault[]): result is readonly ShapeFault[] {
  return Array.isArray(result);
}

function checkType(object: JsonObject, faults: ShapeFault[]): string | undefined {
  const type = memberOf(object, 'type');
  const message =
    type === undefined
      ? 'is missing'
      : typeof type !== 'string' || !isTypeName(type)
        ? 'must be a type: 3 to 250 characters a-z, 0-9 and single hyphens'
        : RESERVED_TYPES.has(type)
          ? 'may not be an object of an upload'
          : undefined;
  if (message === undefined && typeof type === 'string') return type;
  faults.push({ path: '/type', message: message ?? 'must be a text' });
  return undefined;
}

function checkId(object: JsonObject, type: string | undefined, faults: ShapeFault[]): StixId | undefined {
  const id = memberOf(object, 'id');
  const message = idFault(id, type);
  if (message === undefined && isIdentifier(id)) return id;
  faults.push({ path: '/id', message: message ?? 'must be an identifier' });
  return undefined;
}

function idFault(id: JsonValue | undefined, type: string | undefined): string | undefined {
  if (id === undefined) return 'is missing';
  if (!isIdentifier(id)) return 'must be a type, two hyphens and a UUID';
  if (!isUuid(id.slice(-36))) return 'must end in a UUID of the versions 1 to 5 (RFC 4122)';
  if (type !== undefined && typeOfId(id) !== type) return `must begin with the type, "${type}--"`;
  return undefined;
}

function checkSpecVersion(object: JsonObject, type: string, faults: ShapeFault[]): SpecVersion {
  const specVersion = memberOf(object, 'spec_version');
  if (specVersion === '2.1') return '2.1';
  if (specVersion === undefined) {
    // STIX 2.0 objects have no spec_version but times; only observables may leave it out in 2.1.
    if (memberOf(object, 'created') !== undefined) return '2.0';
    if (isObservable(object, type)) return '2.1';
    faults.push({ path: '/spec_version', message: 'is missing; it must be "2.1"' });
    return '2.1';
  }
  if (specVersion === '2.0') return '2.0';
  faults.push({ path: '/spec_version', message: 'must be "2.1"' });
  return '2.1';
}

interface Version {
  readonly version: string;
  readonly versionKey: string;
}

const FIXED: Version = {
  version: FIXED_VERSION,
  versionKey: parseVersionKey(FIXED_VERSION) ?? FIXED_VERSION,
};

/** The version is `modified`, else `created`, else the fixed value (TAXII 2.1, 3.4.1). */
function checkTimes(
  object: JsonObject,
  type: string,
  specVersion: SpecVersion,
  faults: ShapeFault[],
): Version | undefined {
  if (specVersion === '2.1' && isObservable(object, type)) return FIXED;
  const created = checkTime(object, 'created', faults);
  const hasModified = type !== 'marking-definition' || memberOf(object, 'modified') !== undefined;
  const modified = hasModified ? checkTime(object, 'modified', faults) : undefined;
  if (created && modified && modified.versionKey < created.versionKey) {
    faults.push({ path: '/modified', message: 'must not be before created' });
  }
  return hasModified ? modified : created;
}

function checkTime(object: JsonObject, name: string, faults: ShapeFault[]): Version | undefined {
  const value = memberOf(object, name);
  const versionKey = typeof value === 'string' ? parseVersionKey(value) : undefined;
  if (typeof value === 'string' && versionKey !== undefined && MIN_FRACTION.test(value)) {
    return { version: value, versionKey };
  }
  const message =
    value === undefined
      ? 'is missing'
      : 'must be a real time in UTC with at least three fraction digits, such as 2018-08-24T18:00:00.000Z';
  faults.push({ path: `/${name}`, message });
  return undefined;
}

function checkFlags(object: JsonObject, faults: ShapeFault[]): void {
  const revoked = memberOf(object, 'revoked');
  if (revoked !== undefined && typeof revoked !== 'boolean') {
    faults.push({ path: '/revoked', message: 'must be true or false' });
  }
  const creator = memberOf(object, 'created_by_ref');
  if (creator !== undefined && !(isIdentifier(creator) && typeOfId(creator) === 'identity')) {
    faults.push({ path: '/created_by_ref', message: 'must be the id of an identity' });
  }
}

function isMarkingId(value: JsonValue | undefined): boolean {
  return isIdentifier(value) && typeOfId(value) === 'marking-definition';
}

function checkMarkings(object: JsonObject, faults: ShapeFault[]): void {
  const refs = memberOf(object, 'object_marking_refs');
  if (refs !== undefined) {
    const path = '/object_marking_refs';
    if (!isJsonArray(refs) || refs.length === 0)
      faults.push({ path, message: 'must be a list with at least one id' });
    else {
      refs.forEach((ref, index) => {
        if (!isMarkingId(ref)) {
          faults.push({ path: `${path}/${index}`, message: 'must be the id of a marking-definition' });
        }
      });
    }
  }
  const granular = memberOf(object, 'granular_markings');
  if (granular === undefined) return;
  if (!isJsonArray(granular) || granular.length === 0) {
    faults.push({ path: '/granular_markings', message: 'must be a list with at least one marking' });
    return;
  }
  granular.forEach((marking, index) => checkGranular(object, marking, `/granular_markings/${index}`, faults));
}

function checkGranular(object: JsonObject, marking: JsonValue, path: string, faults: ShapeFault[]): void {
  if (!isJsonObject(marking)) {
    faults.push({ path, message: 'must be an object' });
    return;
  }
  const ref = memberOf(marking, 'marking_ref');
  const lang = memberOf(marking, 'lang');
  if ((ref === undefined) === (lang === undefined)) {
    faults.push({ path, message: 'must have exactly one of marking_ref and lang' });
  } else if (ref !== undefined && !isMarkingId(ref)) {
    faults.push({ path: `${path}/marking_ref`, message: 'must be the id of a marking-definition' });
  } else if (lang !== undefined && typeof lang !== 'string') {
    faults.push({ path: `${path}/lang`, message: 'must be a language tag' });
  }
  const selectors = memberOf(marking, 'selectors');
  if (!isJsonArray(selectors) || selectors.length === 0) {
    faults.push({ path: `${path}/selectors`, message: 'must be a list with at least one selector' });
    return;
  }
  selectors.forEach((selector, index) =>
    checkSelector(object, selector, `${path}/selectors/${index}`, faults),
  );
}

function checkSelector(object: JsonObject, selector: JsonValue, path: string, faults: ShapeFault[]): void {
  const steps = typeof selector === 'string' ? parseSelector(selector) : undefined;
  if (!steps) {
    faults.push({ path, message: 'must be a selector such as labels.[0]' });
  } else if (UNMARKABLE.has(String(steps[0]))) {
    faults.push({ path, message: 'may not select a marking or revoked' });
  } else if (valueAt(object, steps) === undefined) {
    faults.push({ path, message: 'selects nothing in this object' });
  }
}
