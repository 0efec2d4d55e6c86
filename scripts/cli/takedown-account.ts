import type { RowAccount, Takedown } from '../../server/takedown/takedown.ts';
import { toShownName } from './input-file.ts';
import { describeRemains } from './list-remains.ts';
import type { ListOptions, ReadTakedown } from './read-takedown.ts';
import { formatTable, toPrintable, toShown } from './table.ts';

/** Rows of a list by what became of them. */
export interface RowCounts {
  readonly all: number;
  readonly understood: number;
  readonly text: number;
  readonly blank: number;
  readonly notUnderstood: number;
}

/** Enough to work through; whoever has more has the wrong file. */
const LISTED = 1000;

export function countRows(rows: readonly RowAccount[]): RowCounts {
  const count = (wanted: RowAccount['kind']): number => rows.filter(({ kind }) => kind === wanted).length;
  return {
    all: rows.length,
    understood: count('understood'),
    text: count('text'),
    blank: count('blank'),
    notUnderstood: count('not-understood'),
  };
}

/** What the list is, what became of it and what it makes, as people read it. */
export function describeImport(
  file: string,
  takedown: ReadTakedown,
  { name = '', actedOn = '' }: ListOptions,
): string {
  const by = toPrintable(takedown.actor.name);
  const from = toPrintable(toShownName(file));
  const remains = describeRemains(takedown.remains);
  return [
    `${toPrintable(name)}: a takedown by ${by} on ${actedOn}, from ${from}`,
    describeTakedown(takedown),
    ...(remains === '' ? [] : [remains]),
  ].join('\n\n');
}

/** The same as a document. */
export function toImportDocument(
  file: string,
  takedown: ReadTakedown,
  { name, actedOn, platform }: ListOptions,
): object {
  return {
    file,
    name,
    actedOn,
    platform: platform ?? null,
    actedBy: takedown.actor.identity,
    ...toTakedownDocument(takedown),
    remains: takedown.remains,
  };
}

/** What became of the rows and what they make, as tables, and the rows that were not understood. */
function describeTakedown({ rows, objects }: Takedown): string {
  const { all, understood, text, blank, notUnderstood } = countRows(rows);
  const table = [
    ['understood', understood],
    ['used as text', text],
    ['blank', blank],
    ['not understood', notUnderstood],
    ['all', all],
  ] as const;
  const types = Object.entries(countTypes(objects));
  return [
    formatTable(
      ['ROWS', 'COUNT'],
      table.map(([name, count]) => [name, String(count)]),
    ),
    '',
    formatTable(
      ['OBJECTS', 'COUNT'],
      [...types, ['all', objects.length] as const].map(([type, count]) => [type, String(count)]),
    ),
    ...describeRefused(rows),
  ].join('\n');
}

function toTakedownDocument({ rows, objects }: Takedown): object {
  return {
    rows: countRows(rows),
    notUnderstood: rows.flatMap(({ line, refused }) =>
      refused ? [{ line, reason: refused.reason, text: toShown(refused.text) }] : [],
    ),
    objects: countTypes(objects),
    lines: rows.map(({ line, kind, objects: ids }) => ({ line, kind, objects: ids })),
  };
}

function describeRefused(rows: readonly RowAccount[]): readonly string[] {
  const found = rows.flatMap(({ line, refused }) => (refused ? [{ line, ...refused }] : []));
  if (found.length === 0) return [];
  const listed = found
    .slice(0, LISTED)
    .map(({ line, reason, text }) => [`  line ${line}`, toPrintable(reason), toShown(text)]);
  const rest = found.length - listed.length;
  return [
    '',
    `Not understood (${found.length}):`,
    formatTable([], listed),
    ...(rest > 0 ? [`  and ${rest} more; --json lists all`] : []),
  ];
}

function countTypes(objects: Takedown['objects']): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const { id } of objects) {
    const type = id.slice(0, id.indexOf('--'));
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
