import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** What hands out databases; who imports it, however indirectly, runs over every store. */
const DATABASES = 'test/support/test-database.ts';

/** By the beginnings of their paths: files that run over fewer stores than their imports say, or over others. */
const EXCEPTIONS = [
  { path: 'test/contract/mongo', stores: ['mongodb'], why: 'it is about this store' },
  { path: 'test/contract/sqlite', stores: ['sqlite'], why: 'it is about this store' },
  { path: 'test/cli/database-place.', stores: ['sqlite'], why: 'it is about the path of the file' },
  { path: 'test/http/storage-faults.', stores: ['sqlite'], why: "it breaks the file's tables" },
  { path: 'test/cli/usage.', stores: ['sqlite'], why: 'no command in it opens a database' },
  { path: 'test/cli/validate.', stores: ['sqlite'], why: 'no command in it opens a database' },
  { path: 'test/cli/copy-large.', stores: ['sqlite'], why: 'it copies from SQLite to MongoDB and back' },
  { path: 'test/cli/feed-docs.', stores: ['sqlite'], why: 'feed.test.ts has the commands over both' },
  { path: 'test/cli/feed-usage.', stores: ['sqlite'], why: 'no command in it changes a database' },
  { path: 'test/sync/faults/', stores: ['sqlite'], why: 'it is about partners; pull and push run over both' },
  { path: 'test/sync/invariants/settling.', stores: ['sqlite'], why: 'it is about many runs of many rings' },
  { path: 'test/sync/medallion.', stores: ['sqlite'], why: 'it is about this partner' },
  { path: 'test/stress/', stores: ['sqlite'], why: 'it brings its own stores: in one run it is over both' },
];

/**
 * The stores over which a test file has to pass; none when it opens no store.
 * @param root folder of the project
 * @param file path from there
 */
export function storesOf(root, file) {
  const exception = EXCEPTIONS.find(({ path }) => file.startsWith(path));
  if (exception) return exception.stores;
  return importsDatabases(root, file, new Set()) ? ['sqlite', 'mongodb'] : [];
}

function importsDatabases(root, file, seen) {
  if (file === DATABASES) return true;
  if (seen.has(file) || !file.startsWith('test/') || !existsSync(join(root, file))) return false;
  seen.add(file);
  const source = readFileSync(join(root, file), 'utf8');
  const imported = [...source.matchAll(/\bfrom '(\.[^']+)'/g)].map(([, name]) => name);
  return imported.some((name) => importsDatabases(root, normalize(join(dirname(file), name)), seen));
}
