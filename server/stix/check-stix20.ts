import type { JsonObject, JsonValue } from '../domain/held.ts';
import { parseVersionKey } from '../domain/timestamp.ts';
import { isIdentifier, isTypeName, isUuid, typeOfId } from './identifier.ts';
import { isJsonObject, memberOf } from './json.ts';
import { show } from './validation/describe.ts';
import { FaultList, type Findings } from './validation/faults.ts';

const RESERVED_TYPES: ReadonlySet<string> = new Set(['bundle', 'action']);
const MIN_FRACTION = /\.\d{3,}Z$/;

/** Checks of a STIX 2.0 object what the server relies on: its type, id, times, `revoked` and creator. */
export function checkStix20(value: JsonValue): Findings {
  const list = new FaultList();
  if (!isJsonObject(value)) {
    list.add('', () => `expected a STIX object, found ${show(value)}`);
    return list.toFindings();
  }
  const expect = (name: string, isRight: boolean, expected: string): void => {
    if (isRight) return;
    const found = memberOf(value, name);
    list.add(`/${name}`, () =>
      found === undefined ? 'is missing' : `expected ${expected}, found ${show(found)}`,
    );
  };
  const type = memberOf(value, 'type');
  const id = memberOf(value, 'id');
  const isType = typeof type === 'string' && isTypeName(type) && !RESERVED_TYPES.has(type);
  expect('type', isType, 'a type: 3 to 250 characters a-z, 0-9 and single hyphens');
  expect('id', isIdOf(id, type), 'the type, two hyphens and a UUID of the versions 1 to 5');
  expect('created', isTime(memberOf(value, 'created')), TIME);
  const hasModified = type !== 'marking-definition' || memberOf(value, 'modified') !== undefined;
  if (hasModified) {
    expect('modified', isTime(memberOf(value, 'modified')), TIME);
    if (isBefore(value, 'modified', 'created')) {
      list.add('/modified', () => `expected a time not before created, found ${show(value['modified'])}`);
    }
  }
  const revoked = memberOf(value, 'revoked');
  expect('revoked', revoked === undefined || typeof revoked === 'boolean', 'true or false');
  const creator = memberOf(value, 'created_by_ref');
  const isIdentity = creator === undefined || (isIdentifier(creator) && typeOfId(creator) === 'identity');
  expect('created_by_ref', isIdentity, 'the id of an identity');
  return list.toFindings();
}

const TIME =
  'a real time in UTC that ends in Z, with at least three fraction digits, such as 2018-08-24T18:00:00.000Z';

function isIdOf(id: JsonValue | undefined, type: JsonValue | undefined): boolean {
  if (!isIdentifier(id) || !isUuid(id.slice(-36))) return false;
  return typeof type !== 'string' || typeOfId(id) === type;
}

function isTime(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && parseVersionKey(value) !== undefined && MIN_FRACTION.test(value);
}

function isBefore(object: JsonObject, later: string, earlier: string): boolean {
  const [a, b] = [later, earlier].map((name) => {
    const value = memberOf(object, name);
    return typeof value === 'string' ? parseVersionKey(value) : undefined;
  });
  return a !== undefined && b !== undefined && a < b;
}
