import { openSqliteStore } from '../../server/storage/sqlite/sqlite-store.ts';
import { writeUntilKilled } from './writer-work.ts';

// Started by the contract tests of SqliteStore, which kill it: `store-writer-main.ts DATABASE_FILE`.
const path = process.argv[2];
if (path === undefined) throw new Error('say which database to write to');
const store = await openSqliteStore({
  path,
  clock: { now: () => Date.now() * 1000 },
  writeWaitMs: 10_000,
  maxPendingWrites: 10,
  pageScanMax: 1000,
});
await writeUntilKilled(store, (commits, intents) => process.stdout.write(`${commits} ${intents}\n`));
