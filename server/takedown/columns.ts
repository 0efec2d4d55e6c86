import { AppError } from '../domain/errors.ts';
import type { Row } from './csv.ts';

/** What a column of a takedown list holds. */
type Role = 'tactic' | 'technique' | 'procedure' | 'indicator' | 'type' | 'comment' | 'date';

/** The cells of a row under their names, trimmed; empty where there is none. */
export interface Entry extends Readonly<Record<Role, string>> {
  readonly line: number;
  /** What people know the row by: its indicator, else all of its cells. */
  readonly text: string;
  /** The row has text outside of all columns. */
  readonly overflows: boolean;
}

/** A takedown list, read as a table. */
export interface TakedownList {
  /** The line of the headers. */
  readonly line: number;
  readonly entries: readonly Entry[];
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['tactic', 'tactic'],
  ['tactics', 'tactic'],
  ['technique', 'technique'],
  ['techniques', 'technique'],
  ['procedure', 'procedure'],
  ['procedures', 'procedure'],
  ['indicator', 'indicator'],
  ['indicators', 'indicator'],
  ['indicator value', 'indicator'],
  ['value', 'indicator'],
  ['indicator type', 'type'],
  ['type', 'type'],
  ['comment', 'comment'],
  ['comments', 'comment'],
  ['note', 'comment'],
  ['notes', 'comment'],
  ['ds', 'date'],
  ['date', 'date'],
]);

const KNOWN_COLUMNS =
  'Tactic, Technique, Procedure, Indicator and Comments, or indicator_type, indicator_value, comment and ds';
const MAX_SHOWN = 200;

/**
 * Finds the columns of a list by its first row that is not blank; case, blanks and `_` do not count. What stands in
 * a column without a known name is a comment.
 * @throws AppError `input.invalid` when the table is no takedown list, or holds nothing below its headers
 */
export function readList(rows: readonly Row[]): TakedownList {
  const first = rows.findIndex(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  const head = rows[first];
  if (!head) throw new AppError('input.invalid', { detail: `The file holds no rows. ${wanted()}` });
  const titles = head.cells.map((cell) => cell.trim());
  const roles = titles.map((title) => ROLES.get(normalise(title)));
  requireIndicators(head.line, titles, roles);
  requireSingle(head.line, titles, roles);
  const below = rows.slice(first + 1);
  if (below.every(({ cells }) => cells.every((cell) => cell.trim() === ''))) {
    const detail = `Line ${head.line}: The list has headers, and no rows below them.`;
    throw new AppError('input.invalid', { detail });
  }
  const entries = below.map((row) => toEntry(row, titles, roles));
  return { line: head.line, entries };
}

function requireIndicators(
  line: number,
  titles: readonly string[],
  roles: readonly (Role | undefined)[],
): void {
  if (roles.includes('indicator')) return;
  const isKillChain = (['tactic', 'technique', 'procedure'] as const).every((role) => roles.includes(role));
  const detail = isKillChain
    ? 'This is the kill-chain table itself (tactics, techniques and procedures), not a takedown list: it has no column "Indicator".'
    : `Line ${line}: There is no column "Indicator" among: ${titles.join(', ').slice(0, MAX_SHOWN)}. ${wanted()}`;
  throw new AppError('input.invalid', { detail });
}

function requireSingle(line: number, titles: readonly string[], roles: readonly (Role | undefined)[]): void {
  for (const [index, role] of roles.entries()) {
    if (role === undefined || role === 'comment' || roles.indexOf(role) === index) continue;
    throw new AppError('input.invalid', {
      detail: `Line ${line}: The columns "${titles[roles.indexOf(role)] ?? ''}" and "${titles[index] ?? ''}" hold the same. Leave one of them.`,
    });
  }
}

function wanted(): string {
  return `A takedown list has the columns ${KNOWN_COLUMNS}.`;
}

function toEntry(
  { line, cells }: Row,
  titles: readonly string[],
  roles: readonly (Role | undefined)[],
): Entry {
  const found: Record<Role, string> = {
    tactic: '',
    technique: '',
    procedure: '',
    indicator: '',
    type: '',
    comment: '',
    date: '',
  };
  const comments: string[] = [];
  for (const [index, cell] of cells.slice(0, titles.length).entries()) {
    const text = cell.trim();
    const role = roles[index];
    if (text === '') continue;
    if (role === 'comment') comments.push(text);
    else if (role === undefined) comments.push(`${titles[index] ?? ''}: ${text}`);
    else found[role] = text;
  }
  const overflows = cells.slice(titles.length).some((cell) => cell.trim() !== '');
  const text = found.indicator === '' ? cells.map((cell) => cell.trim()).join(',') : found.indicator;
  return { ...found, comment: comments.join('\n'), line, text, overflows };
}

function normalise(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, ' ')
    .trim();
}
