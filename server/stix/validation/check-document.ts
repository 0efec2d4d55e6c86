import type { JsonObject, JsonValue } from '../../domain/held.ts';
import type { StixDocument } from '../document.ts';
import { createPositionFinder, type Position, type PositionFinder } from '../json-position.ts';
import { isJsonArray, isJsonObject, memberOf } from '../json.ts';
import type { PlacedObject } from '../read-objects.ts';
import { NO_FAULTS, type Fault, type Findings } from './faults.ts';
import type { Validator } from './validator.ts';
import type { Warner } from './warnings.ts';
import type { Warning, Warnings } from './warnings/warning-list.ts';

/** Where something was found in a file: the pointer runs from the root of the file. */
interface Placed extends Position {
  /** The id of the object that it is about, as far as there is one; cut when it is long. */
  readonly id?: string;
}

/** A fault of a file. */
export interface PlacedFault extends Fault, Placed {}

/** A warning about a file. */
export interface PlacedWarning extends Warning, Placed {}

/** What checking a file found, each list in the order of the file. */
export interface DocumentFindings {
  readonly objects: number;
  readonly errors: readonly PlacedFault[];
  /** How many there are; of one object 20 are told, of a file `MAX_LISTED`. */
  readonly errorCount: number;
  readonly warnings: readonly PlacedWarning[];
  /** Likewise; of each code at least one is told. */
  readonly warningCount: number;
}

/** What a file is checked with; without warners there are no warnings. */
export interface DocumentChecks extends Validator {
  readonly warn?: Warner;
  /** Warns of the bundle, and of what the objects are together. */
  readonly warnOfBundle?: Warner;
}

/** So many faults of one file are listed, and as many warnings. */
export const MAX_LISTED = 1000;
/** A path may be nearly as long as the file. */
const MAX_PATH_LENGTH = 1000;
const MAX_ID_LENGTH = 200;

const NO_WARNINGS: Warnings = { warnings: [], count: 0 };
const STAND_IN: JsonObject = { type: 'campaign' };
const NO_OBJECT: Findings = {
  faults: [{ path: '', message: 'expected at least one object, found none' }],
  count: 1,
};

/**
 * Checks a file: the bundle around the objects, when there is one, and each object by itself.
 * @param advance called after each object
 */
export function checkDocument(
  checks: DocumentChecks,
  document: StixDocument,
  advance: () => void,
): DocumentFindings {
  const list = new DocumentList(createPositionFinder(document.text));
  list.add({
    start: 0,
    path: '',
    faults: checkWhole(checks, document),
    warnings: warnOfWhole(checks, document),
  });
  for (const object of document.objects) {
    list.add(checkPlaced(checks, object));
    advance();
  }
  return { objects: document.objects.length, ...list.toFindings() };
}

/** A part of a file that is checked by itself, and what was found. */
interface Part {
  readonly start: number;
  readonly path: string;
  readonly id?: string;
  readonly faults: Findings;
  readonly warnings: Warnings;
}

function checkWhole(checks: DocumentChecks, { bundle, objects }: StixDocument): Findings {
  if (bundle) return checks.checkBundle(replaceObjects(bundle));
  return objects.length === 0 ? NO_OBJECT : NO_FAULTS;
}

/** Its objects are checked by themselves, so one without fault stands for them all. */
function replaceObjects(bundle: JsonObject): JsonObject {
  const objects = memberOf(bundle, 'objects');
  return isJsonArray(objects) && objects.length > 0 ? { ...bundle, objects: [STAND_IN] } : bundle;
}

function warnOfWhole({ warnOfBundle }: DocumentChecks, { bundle, objects }: StixDocument): Warnings {
  if (!warnOfBundle) return NO_WARNINGS;
  if (bundle) return warnOfBundle(bundle);
  const found = warnOfBundle({ objects: objects.map(({ value }) => value) });
  // A list has no member "objects".
  const isList = objects[0]?.path === '/0';
  if (!isList) return found;
  const warnings = found.warnings.map((each) => ({ ...each, path: each.path.replace(/^\/objects/, '') }));
  return { ...found, warnings };
}

function checkPlaced(checks: DocumentChecks, { start, path, value, faults }: PlacedObject): Part {
  const part = { start, path, ...idOf(value) };
  // What cannot be read as JSON means nothing yet.
  if (faults.length > 0) return { ...part, faults: { faults, count: faults.length }, warnings: NO_WARNINGS };
  return { ...part, faults: checks.check(value), warnings: checks.warn?.(value) ?? NO_WARNINGS };
}

function idOf(value: JsonValue): { readonly id?: string } {
  const id = isJsonObject(value) ? memberOf(value, 'id') : undefined;
  return typeof id === 'string' ? { id: cut(id, MAX_ID_LENGTH) } : {};
}

/** Gathers what was found in the parts of a file. */
class DocumentList {
  readonly #finder: PositionFinder;
  readonly #errors: PlacedFault[] = [];
  readonly #warnings: PlacedWarning[] = [];
  readonly #codes = new Set<Warning['code']>();
  #errorCount = 0;
  #warningCount = 0;

  constructor(finder: PositionFinder) {
    this.#finder = finder;
  }

  add(part: Part): void {
    this.#errorCount += part.faults.count;
    this.#warningCount += part.warnings.count;
    const faults = part.faults.faults.slice(0, MAX_LISTED - this.#errors.length);
    const warnings = this.#choose(part.warnings.warnings);
    const pointers = [...faults, ...warnings].map(({ path }) => path);
    const positions = this.#finder.findAll(part.start, pointers);
    this.#errors.push(...faults.map((each, index) => place(each, part, positions[index])));
    const rest = positions.slice(faults.length);
    this.#warnings.push(...warnings.map((each, index) => place(each, part, rest[index])));
  }

  /** The first of each code always, so that many of one kind hide no other kind; others while there is room. */
  #choose(warnings: readonly Warning[]): readonly Warning[] {
    let room = MAX_LISTED - this.#warnings.length;
    return warnings.filter(({ code }) => {
      const isFirst = !this.#codes.has(code);
      this.#codes.add(code);
      room -= 1;
      return isFirst || room >= 0;
    });
  }

  toFindings(): Omit<DocumentFindings, 'objects'> {
    return {
      errors: this.#errors.toSorted(comparePositions),
      errorCount: this.#errorCount,
      warnings: this.#warnings.toSorted(comparePositions),
      warningCount: this.#warningCount,
    };
  }
}

function place<T extends Fault>(
  found: T,
  part: Part,
  position: Position = { line: 1, column: 1 },
): T & Placed {
  const id = part.id === undefined ? {} : { id: part.id };
  return { ...found, path: cut(part.path + found.path, MAX_PATH_LENGTH), ...position, ...id };
}

/** Orders by line, then by column. */
export function comparePositions(one: Position, other: Position): number {
  return one.line - other.line || one.column - other.column;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`;
}
