import type { Core } from '../../server/core.ts';
import type { SignedIn } from '../../server/domain/access.ts';
import { AppError } from '../../server/domain/errors.ts';
import type { OrganisationId } from '../../server/domain/ids.ts';
import { parseObjectText } from '../../server/stix/json.ts';
import type { Store } from '../../server/storage/port.ts';
import { readList } from '../../server/takedown/columns.ts';
import { readRows } from '../../server/takedown/csv.ts';
import type { Made } from '../../server/takedown/makers.ts';
import { followHeld } from '../../server/takedown/renewal.ts';
import { makeTakedown, type MissingTerm, type Takedown } from '../../server/takedown/takedown.ts';
import { readListFile } from './list-file.ts';
import { findRemains, type Remain } from './list-remains.ts';
import { UsageError } from './report-error.ts';
import type { Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';
import { nameFile } from './upload-files.ts';

/** What the command line says about a list. */
export interface ListOptions {
  readonly actedOn?: string;
  readonly platform?: string;
  readonly name?: string;
}

/** A list that was read, with what is held of it. */
export interface ReadTakedown extends Takedown {
  readonly remains: readonly Remain[];
}

const BATCH = 1000;

/**
 * Reads a list and makes its objects, going on from what is held of it.
 * @param sender who imports; without one, the command asks for it with whatever else is missing
 * @throws UsageError that names every option that is missing; AppError that names the file
 */
export async function readTakedown(
  cli: Surroundings,
  { store }: Core,
  sender: SignedIn | undefined,
  file: string,
  { name, actedOn, platform }: ListOptions,
): Promise<ReadTakedown> {
  const text = await readListFile(file, cli.stdin);
  const parties = await store.listOrganisations();
  const importer = parties.find(({ id }) => id === sender?.org);
  if (sender && !importer)
    throw new AppError('internal', { cause: new Error('a user without an organisation') });
  try {
    const made = makeTakedown(readList(readRows(text)), { name, actedOn, platform, importer, parties });
    if ('missing' in made) throw new UsageError(describeMissing(made.missing));
    const org = sender?.org ?? '';
    const objects = await followStore(store, org, made.objects);
    return { ...made, objects, remains: await findRemains(store, org, made) };
  } catch (error) {
    throw nameFile(error, file);
  }
}

/** A list that was imported before goes on from what is held of it. */
async function followStore(
  store: Store,
  org: OrganisationId,
  objects: Takedown['objects'],
): Promise<Takedown['objects']> {
  const followed: Made[] = [];
  for (let from = 0; from < objects.length; from += BATCH) {
    const batch = objects.slice(from, from + BATCH);
    const ids = batch.filter(({ created }) => created !== undefined).map(({ id }) => id);
    const held = await store.view((section) => section.heldObjects(ids));
    for (const object of batch) {
      const before = held.get(object.id);
      // What belongs to somebody else is not looked at: the submission says so.
      const versions = before?.owner === org ? before.versions.map(({ text }) => parseObjectText(text)) : [];
      followed.push(followHeld(object, versions));
    }
  }
  return followed;
}

function describeMissing(missing: readonly MissingTerm[]): string {
  const rows = missing.map((each) => [`  ${OPTIONS[each.term]}`, describeTerm(each, missing)]);
  return `The list does not say everything. Add ${missing.length === 1 ? 'this option' : 'these options'}:\n${formatTable([], rows)}`;
}

const OPTIONS: Readonly<Record<MissingTerm['term'], string>> = {
  importer: '--as <user>',
  name: '--name <name>',
  actedOn: '--acted-on <date>',
  platform: '--platform <name>',
  actor: '--platform <name>',
};

function describeTerm(missing: MissingTerm, all: readonly MissingTerm[]): string {
  switch (missing.term) {
    case 'importer':
      return 'who imports: the objects are by the organisation of this user';
    case 'name':
      return 'what the operation is called';
    case 'actedOn':
      return missing.date === undefined
        ? 'the day of the takedown, YYYY-MM-DD'
        : `the day of the takedown; every row of the list has the date ${missing.date}, which may be that of the list`;
    case 'platform':
      return `which platform acted; line ${missing.line} of the list names none`;
    case 'actor':
      return all.some(({ term }) => term === 'importer')
        ? 'which platform acted, unless it is the organisation of the user'
        : 'which platform acted';
  }
}
