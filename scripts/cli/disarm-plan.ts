import { ACTIONS, type Account, type Action } from '../../server/disarm/account.ts';
import { externalIdOf, textOf } from '../../server/disarm/framework.ts';
import type { ImportPlan } from '../../server/disarm/plan.ts';
import { formatTable, toPrintable } from './table.ts';

const LISTED = 20;
const TITLES: Readonly<Record<Exclude<Action, 'unchanged'>, string>> = {
  added: 'Added',
  changed: 'Changed',
  skipped: 'Left out',
  revoked: 'Revoked',
};

type Counts = Readonly<Record<Action, number>>;

/** A plan as a part of a JSON document. */
export function toPlanDocument({ accounts, builtAt, heldAt, objection }: ImportPlan): object {
  return {
    built: builtAt,
    held: heldAt ?? null,
    objection: objection ?? null,
    ...countActions(accounts),
    accounts: accounts.map(toRecord),
  };
}

/** A plan in words: how many of each type, then what changes. */
export function describePlan({ accounts, builtAt, heldAt }: ImportPlan, alias: string): string {
  const inFile = accounts.filter(({ fileId }) => fileId !== undefined);
  const head = `DISARM as built at ${toPrintable(builtAt)}, to ${alias}: ${countObjects(inFile.length)} in the file`;
  // At first everything is new, and a list of it says no more than the count.
  const told = heldAt === undefined ? (['changed', 'skipped', 'revoked'] as const) : CHANGES;
  const lists = told.flatMap((action) => describeSome(action, accounts));
  return [head, '', describeTypes(accounts), ...lists.map((list) => `\n${list}`)].join('\n');
}

const CHANGES = ['added', 'changed', 'skipped', 'revoked'] as const;

function describeTypes(accounts: readonly Account[]): string {
  const types = [...new Set(accounts.map(typeOf))].sort();
  const rows = types.map((type) =>
    toRow(
      type,
      accounts.filter((each) => typeOf(each) === type),
    ),
  );
  const titles = [
    'TYPE',
    ...ACTIONS.map((action) => (action === 'skipped' ? 'LEFT OUT' : action.toUpperCase())),
  ];
  return formatTable(titles, [...rows, toRow('all', accounts)]);
}

function toRow(name: string, accounts: readonly Account[]): readonly string[] {
  const counts = countActions(accounts);
  return [name, ...ACTIONS.map((action) => String(counts[action]))];
}

function describeSome(action: keyof typeof TITLES, accounts: readonly Account[]): readonly string[] {
  const found = accounts.filter((each) => each.action === action);
  if (found.length === 0) return [];
  const rows = found
    .slice(0, LISTED)
    .map((each) => [
      `  ${externalIdOf(each.object) ?? ''}`,
      each.id,
      textOf(each.object, 'name'),
      each.reason ?? '',
    ]);
  const rest = found.length - rows.length;
  const more = rest > 0 ? [`  and ${rest} more; --json lists all`] : [];
  return [[`${TITLES[action]} (${found.length}):`, formatTable([], rows), ...more].join('\n')];
}

function countActions(accounts: readonly Account[]): Counts {
  const count = (wanted: Action): number => accounts.filter(({ action }) => action === wanted).length;
  return {
    added: count('added'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    skipped: count('skipped'),
    revoked: count('revoked'),
  };
}

function countObjects(count: number): string {
  return `${count} ${count === 1 ? 'object' : 'objects'}`;
}

function typeOf({ object }: Account): string {
  return textOf(object, 'type') || 'unknown';
}

function toRecord({ action, object, id, fileId, reason }: Account): object {
  return {
    action,
    type: typeOf({ action, object, id }),
    externalId: externalIdOf(object) ?? null,
    id,
    fileId: fileId ?? null,
    name: textOf(object, 'name'),
    modified: textOf(object, 'modified') || textOf(object, 'created'),
    reason: reason ?? null,
  };
}
