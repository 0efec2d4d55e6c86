import type { Command } from 'commander';
import type { Core } from '../../server/core.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { formatTick } from '../../server/domain/timestamp.ts';
import { defineCommand } from './command.ts';
import { requirePolicies, withCore } from './open-core.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';
import { formatTable } from './table.ts';

const TITLES = ['ALIAS', 'ID', 'TITLE', 'POLICY', 'ENTRIES', 'LAST DATE ADDED', 'READ', 'WRITE'];

interface CollectionRecord {
  readonly id: string;
  readonly alias: string;
  readonly title: string;
  readonly policy: string;
  readonly entries: number;
  /** Null when nothing was ever added. */
  readonly lastDateAdded: string | null;
  readonly read: readonly string[];
  readonly write: readonly string[];
}

/** `collections`. */
export function addCollectionsCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'collections',
    summary: 'list the collections, what they hold, and who may read and write them',
    about: 'They are those that the server stored at its last start.',
    examples: ['pollwatch collections', 'pollwatch collections --json'],
  }).action(async (options: JsonOption) => {
    const records = await withCore(cli, async (core, settings) => {
      const collections = await requirePolicies(core, settings);
      const byAlias = collections.toSorted((a, b) => (a.alias < b.alias ? -1 : 1));
      return Promise.all(byAlias.map((each) => readRecord(core, each)));
    });
    const rows = records.map((each) => [
      each.alias,
      each.id,
      each.title,
      each.policy,
      String(each.entries),
      each.lastDateAdded ?? '',
      each.read.join('\n'),
      each.write.join('\n'),
    ]);
    cli.show({ document: { collections: records }, text: formatTable(TITLES, rows) }, options);
  });
}

async function readRecord({ store }: Core, collection: Collection): Promise<CollectionRecord> {
  const { id, alias, title, release, read, write } = collection;
  const [entries, last] = await Promise.all([store.countEntries(id), store.lastTick(id)]);
  const lastDateAdded = last === 0 ? null : formatTick(last);
  return { id, alias, title, policy: release.policy, entries, lastDateAdded, read, write };
}
