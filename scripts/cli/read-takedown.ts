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
import { makeTakedown, type MissingOption, type Takedown } from '../../server/takedown/takedown.ts';
import { readListFile } from './list-file.ts';
import { UsageError } from './report-error.ts';
import type { Surroundings } from './surroundings.ts';
import { nameFile } from './upload-files.ts';

/** What the command line says about a list. */
export interface ListOptions {
  readonly actedOn: string;
  readonly platform?: string;
  readonly name?: string;
}

const BATCH = 1000;

/**
 * Reads a list and makes its objects, going on from what is held of it.
 * @throws UsageError when it takes an option that is missing; AppError that names the file
 */
export async function readTakedown(
  cli: Surroundings,
  { store }: Core,
  { org }: SignedIn,
  file: string,
  { name, actedOn, platform }: ListOptions,
): Promise<Takedown> {
  const text = await readListFile(file, cli.stdin);
  const parties = await store.listOrganisations();
  const importer = parties.find(({ id }) => id === org);
  if (!importer) throw new AppError('internal', { cause: new Error('a user without an organisation') });
  try {
    const takedown = makeTakedown(readList(readRows(text)), { name, actedOn, platform, importer, parties });
    if ('missing' in takedown) throw new UsageError(describeMissing(takedown));
    return { ...takedown, objects: await followStore(store, org, takedown.objects) };
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

function describeMissing({ missing, line }: MissingOption): string {
  switch (missing) {
    case 'name':
      return 'The list does not say what the operation is called: name it with --name.';
    case 'actor':
      return 'The list does not say which platform acted: name it with --platform.';
    case 'platform':
      return `Line ${line} of the list does not say which platform it is about: name it with --platform.`;
  }
}
