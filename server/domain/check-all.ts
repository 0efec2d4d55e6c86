import { setImmediate } from 'node:timers/promises';
import { TLP_MARKINGS } from '../release/markings.ts';
import { checkObject, isFaulty, toCheckedObject, type CheckedObject } from '../stix/check-object.ts';
import type { RawObject } from '../stix/read-objects.ts';
import type { Findings } from '../stix/validation/faults.ts';
import type { Validator } from '../stix/validation/validator.ts';
import { isAsPosted, type Collection, type SpecVersion } from './collection.ts';
import type { JsonValue } from './held.ts';
import type { ObjectOutcome } from './submission.ts';
import { FIXED_VERSION } from './timestamp.ts';

/** An object of an upload after its check: what it is, or the outcome when it is not valid. */
export interface Checked {
  readonly raw: RawObject;
  readonly sent?: CheckedObject;
  readonly failure?: ObjectOutcome;
}

const SLICE = 100;
/** With more faulty objects than this in one upload, of each further one only the first fault is looked for. */
const MAX_EXPLAINED = 200;
/** So much is told about the faults of one upload. */
const MAX_TOLD_CHARACTERS = 4_000_000;
const TOO_MANY =
  'it is faulty, as too many of this upload are to tell why: check it with "pollwatch validate"';
/** A path may be nearly as long as the object, and each of its faults has one. */
const MAX_PATH_LENGTH = 300;
const MAX_TEXT_LENGTH = 300;

/**
 * Checks all objects of an upload by themselves; between slices of a large one polls are answered. What is told about
 * faulty ones is bounded together.
 */
export async function checkAll(
  validator: Validator,
  collection: Collection,
  objects: readonly RawObject[],
): Promise<readonly Checked[]> {
  const checked: Checked[] = [];
  let faulty = 0;
  let toldCharacters = 0;
  for (const raw of objects) {
    if (checked.length % SLICE === SLICE - 1) await setImmediate();
    const judge = faulty < MAX_EXPLAINED ? validator.check : validator.checkBriefly;
    const one = isAsPosted(collection)
      ? checkRaw(judge, raw, collection.stixVersions)
      : checkForHub(validator, judge, raw);
    const { failure } = one;
    if (failure) faulty += 1;
    toldCharacters += failure?.message?.length ?? 0;
    checked.push(
      failure && toldCharacters > MAX_TOLD_CHARACTERS ? { raw, failure: toFailure(raw, TOO_MANY) } : one,
    );
  }
  return checked;
}

/** Judges the value of an object of STIX 2.1. */
type Judge = Validator['check'];

/** Tools write the TLP markings in ways that are not valid: their fixed ids decide, and ours are what is shown. */
function checkForHub(validator: Validator, judge: Judge, raw: RawObject): Checked {
  const marking = raw.faults.length === 0 && toCheckedObject(raw.value, '2.1');
  if (marking && marking.type === 'marking-definition' && TLP_MARKINGS.has(marking.id.toLowerCase()))
    return { raw, sent: marking };
  const checked = checkRaw(judge, raw, ['2.1']);
  const misspelt = checked.sent && validator.findMisspeltMarking(checked.sent.object);
  return misspelt ? toFailed(raw, { faults: [misspelt], count: 1 }) : checked;
}

/** Checks one object of an upload by itself. */
export function checkRaw(judge: Judge, raw: RawObject, taken: readonly SpecVersion[]): Checked {
  const { faults } = raw;
  // What cannot be read as JSON means nothing yet.
  if (faults.length > 0) return toFailed(raw, { faults, count: faults.length });
  const result = checkObject(judge, raw.value, taken);
  return isFaulty(result) ? toFailed(raw, result) : { raw, sent: result };
}

function toFailed(raw: RawObject, findings: Findings): Checked {
  return { raw, failure: toFailure(raw, describeFindings(findings)) };
}

/** The faults of an object in one text; of many the first and their number. */
function describeFindings({ faults, count }: Findings): string {
  const told = faults.map(({ path, message }) =>
    path === '' ? message : `${cut(path, MAX_PATH_LENGTH)}: ${message}`,
  );
  if (count > told.length) told.push(`${count} faults in all`);
  return told.join('; ');
}

/** A failure names the object by what can be read of it. */
export function toFailure(raw: RawObject, message: string): ObjectOutcome {
  return { ...nameOf(raw), result: 'failure', message };
}

/** The id and the version of an object that was not checked, as far as they can be read. */
export function nameOf({ value }: RawObject): Pick<ObjectOutcome, 'id' | 'version'> {
  const version = readText(value, 'modified') ?? readText(value, 'created');
  return { id: readText(value, 'id') ?? 'unknown', version: version ?? FIXED_VERSION };
}

function readText(value: JsonValue, name: string): string | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? cut(found, MAX_TEXT_LENGTH) : undefined;
}

/** At most so many characters, none of them half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.length <= length ? text.toWellFormed() : `${text.slice(0, length)}…`.toWellFormed();
}
