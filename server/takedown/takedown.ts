import { AppError } from '../domain/errors.ts';
import type { StixId } from '../domain/ids.ts';
import { parseVersionKey } from '../domain/timestamp.ts';
import { findActor, toIdentity, type Actor, type Party } from './actor.ts';
import { BundleBuilder } from './bundle.ts';
import type { Entry, TakedownList } from './columns.ts';
import type { Finding } from './findings.ts';
import { toTakedownId } from './identifiers.ts';
import { makeIncident } from './incident.ts';
import { toTime, type Made, type Origin } from './makers.ts';
import type { Standing } from './observables.ts';
import { companyOf } from './platforms.ts';
import { isDay, readEntry } from './read-entry.ts';

/** What a list does not say itself. */
export interface TakedownTerms {
  /** What the operation is called. */
  readonly name: string | undefined;
  /** When it was acted on, `YYYY-MM-DD`. */
  readonly actedOn: string | undefined;
  /** Of rows that name none; as `toPlatformName` writes it. */
  readonly platform: string | undefined;
  readonly importer: Party | undefined;
  /** Every organisation known here, to find who acted among them. */
  readonly parties: readonly Party[];
}

/** What became of a row. */
export interface RowAccount {
  readonly line: number;
  /** `text` is understood as words alone. */
  readonly kind: 'understood' | 'text' | 'blank' | 'not-understood';
  /** The objects that it makes or repeats. */
  readonly objects: readonly StixId[];
  /** Why it was not understood, and what it says. */
  readonly refused?: { readonly reason: string; readonly text: string };
}

export interface Takedown {
  readonly bundleId: StixId;
  readonly objects: readonly Made[];
  /** One for each row below the headers. */
  readonly rows: readonly RowAccount[];
  readonly actor: Actor;
  readonly origin: Origin;
}

/** Something without which the list cannot be read. */
export type MissingTerm =
  | { readonly term: 'importer' | 'name' }
  /** `date` is what the list has in every row. */
  | { readonly term: 'actedOn'; readonly date?: string }
  /** The first line that needs it. */
  | { readonly term: 'platform'; readonly line: number }
  /** Nothing says who acted, which the platform would; with an importer that is unknown, it may be who acted. */
  | { readonly term: 'actor' };

export interface MissingTerms {
  /** Never empty. */
  readonly missing: readonly MissingTerm[];
}

/**
 * Turns a takedown list into STIX objects. Every row is accounted for. The same row always makes the same objects:
 * ids come from the organisation, the name and the row, and equal rows make one object.
 */
export function makeTakedown(list: TakedownList, terms: TakedownTerms): Takedown | MissingTerms {
  const { name, actedOn, platform, importer, parties } = terms;
  if (actedOn !== undefined && parseVersionKey(toTime(actedOn)) === undefined) {
    throw new AppError('internal', { cause: new Error('a day that was not checked') });
  }
  const findings = list.entries.map((entry) => readEntry(entry, platform));
  const needy = findings.findIndex(({ kind }) => kind === 'needs-platform');
  const { identity, object } = toIdentity(importer ?? NOBODY);
  const actor = findActor(importer ?? NOBODY, identity, parties, platform, findings);
  if (importer === undefined || actedOn === undefined || name === undefined || needy >= 0 || !actor) {
    const line = list.entries[needy]?.line;
    return { missing: listMissing(list, terms, line, actor !== undefined) };
  }
  const origin = { createdBy: identity, name, time: toTime(actedOn) };
  const incident = makeIncident(origin, actedOn, actor, findings);
  const bundle = new BundleBuilder(origin, incident, toStanding(actor));
  for (const each of [object, actor.object]) if (each) bundle.add(each);
  bundle.addIncident();
  const rows = list.entries.map((entry, index) => toAccount(bundle, findings[index] ?? BLANK, entry));
  const bundleId = toTakedownId('bundle', [identity, name]);
  return { bundleId, objects: bundle.finish(), rows, actor, origin };
}

const BLANK: Finding = { kind: 'blank' };
/** Stands for an importer that is not known yet. */
const NOBODY: Party = { id: '', name: '' };

function listMissing(
  list: TakedownList,
  { importer, actedOn, name }: TakedownTerms,
  needyLine: number | undefined,
  hasActor: boolean,
): readonly MissingTerm[] {
  const date = findOnlyDate(list);
  return [
    ...(importer ? [] : [{ term: 'importer' } as const]),
    ...(actedOn === undefined ? [{ term: 'actedOn', ...(date === undefined ? {} : { date }) } as const] : []),
    ...(name === undefined ? [{ term: 'name' } as const] : []),
    ...(needyLine === undefined ? [] : [{ term: 'platform', line: needyLine } as const]),
    ...(needyLine === undefined && !hasActor ? [{ term: 'actor' } as const] : []),
  ];
}

/** The date that all rows have, when it is one and the same. */
function findOnlyDate({ entries }: TakedownList): string | undefined {
  const dates = new Set(entries.filter(isFilled).map(({ date }) => date));
  const [date = ''] = dates;
  return dates.size === 1 && isDay(date) ? date : undefined;
}

function isFilled({ text, comment, date }: Entry): boolean {
  return [text.replaceAll(',', ''), comment, date].some((each) => each !== '');
}

function toStanding({ platform }: Actor): Standing {
  const company = companyOf(platform);
  return { isRemovedOn: (each) => companyOf(each) === company };
}

function toAccount(bundle: BundleBuilder, finding: Finding, { line, text }: Entry): RowAccount {
  switch (finding.kind) {
    case 'blank':
      return { line, kind: 'blank', objects: [] };
    case 'needs-platform':
      return refuse('It names no platform.');
    case 'not-understood':
      return refuse(finding.reason);
    case 'text':
      return {
        line,
        kind: 'text',
        objects: bundle.addText(finding.procedure, finding.text, finding.comment),
      };
    case 'procedure':
      return { line, kind: 'understood', objects: bundle.addProcedureRow(finding) };
    case 'values':
      return { line, kind: 'understood', objects: bundle.addValues(finding) };
    case 'statement':
      return { line, kind: 'understood', objects: bundle.addStatement(finding) };
  }

  function refuse(reason: string): RowAccount {
    return { line, kind: 'not-understood', objects: [], refused: { reason, text } };
  }
}
