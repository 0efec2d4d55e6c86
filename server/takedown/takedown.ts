import { AppError } from '../domain/errors.ts';
import type { StixId } from '../domain/ids.ts';
import { parseVersionKey } from '../domain/timestamp.ts';
import { findActor, toIdentity, type Actor, type Party } from './actor.ts';
import { BundleBuilder } from './bundle.ts';
import type { TakedownList } from './columns.ts';
import type { Finding } from './findings.ts';
import { toTakedownId } from './identifiers.ts';
import { makeIncident } from './incident.ts';
import { toTime, type Made } from './makers.ts';
import type { Standing } from './observables.ts';
import { companyOf } from './platforms.ts';
import { readEntry } from './read-entry.ts';

/** What a list does not say itself. */
export interface TakedownTerms {
  /** What the operation is called. */
  readonly name: string | undefined;
  /** When it was acted on, `YYYY-MM-DD`. */
  readonly actedOn: string;
  /** Of rows that name none; as `toPlatformName` writes it. */
  readonly platform: string | undefined;
  readonly importer: Party;
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
  /** Why it was not understood. */
  readonly reason?: string;
}

export interface Takedown {
  readonly bundleId: StixId;
  readonly objects: readonly Made[];
  /** One for each row below the headers. */
  readonly rows: readonly RowAccount[];
  readonly actor: Actor;
}

/** An option without which the list cannot be read, and the first line that needs it. */
export interface MissingOption {
  /** `actor`: nothing says who acted, which `--platform` would. */
  readonly missing: 'name' | 'platform' | 'actor';
  readonly line: number;
}

/**
 * Turns a takedown list into STIX objects. Every row is accounted for. The same row always makes the same objects:
 * ids come from the organisation, the name and the row, and equal rows make one object.
 */
export function makeTakedown(list: TakedownList, terms: TakedownTerms): Takedown | MissingOption {
  const { name, actedOn, platform, importer, parties } = terms;
  if (parseVersionKey(toTime(actedOn)) === undefined) {
    throw new AppError('internal', { cause: new Error('a day that was not checked') });
  }
  if (name === undefined) return { missing: 'name', line: list.line };
  const findings = list.entries.map((entry) => readEntry(entry, platform));
  const needy = findings.findIndex(({ kind }) => kind === 'needs-platform');
  if (needy >= 0) return { missing: 'platform', line: list.entries[needy]?.line ?? list.line };
  const { identity, object } = toIdentity(importer);
  const actor = findActor(importer, identity, parties, platform, findings);
  if (!actor) return { missing: 'actor', line: list.line };
  const origin = { createdBy: identity, name, time: toTime(actedOn) };
  const incident = makeIncident(origin, actedOn, actor.identity, findings);
  const bundle = new BundleBuilder(origin, incident, toStanding(actor));
  for (const each of [object, actor.object]) if (each) bundle.add(each);
  bundle.addIncident();
  const rows = findings.map((finding, index) => toAccount(bundle, finding, list.entries[index]?.line ?? 0));
  return { bundleId: toTakedownId('bundle', [identity, name]), objects: bundle.finish(), rows, actor };
}

function toStanding({ platform }: Actor): Standing {
  const company = companyOf(platform);
  return { isRemovedOn: (each) => companyOf(each) === company };
}

function toAccount(bundle: BundleBuilder, finding: Finding, line: number): RowAccount {
  switch (finding.kind) {
    case 'blank':
      return { line, kind: 'blank', objects: [] };
    case 'needs-platform':
      return { line, kind: 'not-understood', objects: [], reason: 'It names no platform.' };
    case 'not-understood':
      return { line, kind: 'not-understood', objects: [], reason: finding.reason };
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
}
