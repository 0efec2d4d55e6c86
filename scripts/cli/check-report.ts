import {
  comparePositions,
  MAX_LISTED,
  type PlacedWarning,
} from '../../server/stix/validation/check-document.ts';
import type { CheckedFile, FileError } from './checked-file.ts';
import { toShownName } from './input-file.ts';
import { toPrintable } from './table.ts';

/** So many lines of one file are printed for people. */
const MAX_LINES = 100;

/** What is found in a file, as its line shows it. */
interface Finding {
  readonly kind: string;
  readonly found: FileError;
}

/** Everything about the files, as people read it. */
export function describeFiles(files: readonly CheckedFile[]): string {
  const texts = files.map(describeFile);
  return files.length === 1 ? texts.join('') : [...texts, '', describeTotal(files)].join('\n');
}

/** A line for each finding, such as `file.json:12:5 error /objects/3/name is missing`, and one with their number. */
function describeFile(file: CheckedFile): string {
  const name = toPrintable(toShownName(file.file));
  const findings = chooseFindings(file);
  const lines = findings.map(
    ({ kind, found }, index) =>
      `${placeOf(name, found)} ${[kind, found.path, found.message, idOf(findings, index)]
        .filter((part) => part !== '')
        .map(toPrintable)
        .join(' ')}`,
  );
  return [...lines, ...describeRest(file, findings), `${name}: ${describeCounts(file)}`].join('\n');
}

/** Errors before warnings, and the first warning of each code before others; then in the order of the file. */
function chooseFindings({ errors, warnings }: CheckedFile): readonly Finding[] {
  const codes = new Map(warnings.toReversed().map((each) => [each.code, each]));
  const firsts = warnings.filter((each) => codes.get(each.code) === each);
  const others = warnings.filter((each) => codes.get(each.code) !== each);
  return [...errors.map(toFinding), ...[...firsts, ...others].map(toWarningFinding)]
    .slice(0, MAX_LINES)
    .sort((one, other) => comparePositions(positionOf(one), positionOf(other)));
}

function toFinding(found: FileError): Finding {
  return { kind: 'error', found };
}

function toWarningFinding(found: PlacedWarning): Finding {
  return { kind: `warning ${found.code}`, found };
}

function positionOf({ found: { line = 0, column = 0 } }: Finding): { line: number; column: number } {
  return { line, column };
}

/** Editors and terminals open such a place with a click. */
function placeOf(name: string, { line, column }: FileError): string {
  return line === undefined || column === undefined ? name : `${name}:${line}:${column}`;
}

/** The id stands at the first line about an object. */
function idOf(findings: readonly Finding[], index: number): string {
  const id = findings[index]?.found.id;
  return id === undefined || findings[index - 1]?.found.id === id ? '' : `(${id})`;
}

function describeRest(file: CheckedFile, shown: readonly Finding[]): readonly string[] {
  const shownErrors = shown.filter(({ kind }) => kind === 'error').length;
  const errors = file.errorCount - shownErrors;
  const warnings = file.warningCount - (shown.length - shownErrors);
  if (errors + warnings === 0) return [];
  const parts = [countOf(errors, 'error'), countOf(warnings, 'warning')].filter(
    (part) => !part.startsWith('0 '),
  );
  return [`and ${parts.join(' and ')} more; --json lists up to ${MAX_LISTED} of each, 20 of one object`];
}

function describeCounts({ objects, errorCount, warningCount }: CheckedFile): string {
  if (objects === undefined) return 'cannot be read';
  return [countOf(objects, 'object'), countOf(errorCount, 'error'), countOf(warningCount, 'warning')].join(
    ', ',
  );
}

function describeTotal(files: readonly CheckedFile[]): string {
  const sum = (numberOf: (file: CheckedFile) => number): number =>
    files.reduce((total, file) => total + numberOf(file), 0);
  const counts = [
    countOf(
      sum(({ objects = 0 }) => objects),
      'object',
    ),
    countOf(
      sum(({ errorCount }) => errorCount),
      'error',
    ),
    countOf(
      sum(({ warningCount }) => warningCount),
      'warning',
    ),
  ];
  return `${countOf(files.length, 'file')}: ${counts.join(', ')}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
