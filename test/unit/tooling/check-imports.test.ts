import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { test } from 'node:test';

const fixture = 'test/support/import-fixture';

function checkImports(folder: string): { status: number | null; found: readonly string[]; summary: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-imports.js', folder], {
    encoding: 'utf8',
  });
  const found = stderr.trim().split('\n').sort();
  return { status, found, summary: stdout };
}

/** `rule: from -> to`; of the rules that one function makes for many folders, some stand for all. */
const wrong = [
  'ajv-stays-at-home: server/domain/read.ts -> ../../../node_modules/ajv/dist/2020.js',
  'api-imports-only-its-own-parts: server/api/status.ts -> server/taxii/objects.ts',
  'auth-imports-only-its-own-parts: server/auth/authenticate.ts -> server/compose.ts',
  'domain-imports-only-its-own-parts: server/domain/read.ts -> server/config/load.ts',
  'domain-imports-only-its-own-parts: server/domain/read.ts -> server/storage/sqlite/sqlite-store.ts',
  'domain-imports-these-as-types-only: server/domain/read.ts -> server/storage/port.ts',
  'express-stays-at-home: server/domain/read.ts -> ../../../node_modules/express/index.js',
  'express-stays-at-home: server/release/publish.ts -> ../../../node_modules/express/index.js',
  'mongo-imports-these-as-types-only: server/storage/mongo/mongo-store.ts -> server/storage/port.ts',
  'mongodb-stays-at-home: server/domain/read.ts -> ../../../node_modules/mongodb/lib/index.js',
  'no-circle: server/console/first.ts -> server/console/second.ts',
  'no-missing-module: server/console/second.ts -> ./absent.ts',
  'only-compose-names-a-store: scripts/cli/run.ts -> server/storage/sqlite/sqlite-store.ts',
  'only-compose-names-a-store: server/domain/read.ts -> server/storage/sqlite/sqlite-store.ts',
  'only-compose-names-a-store: server/taxii/objects.ts -> server/storage/sqlite/sqlite-store.ts',
  'only-entry-points-compose: server/auth/authenticate.ts -> server/compose.ts',
  'passport-stays-at-home: server/domain/read.ts -> ../../../node_modules/passport/lib/index.js',
  'pino-stays-at-home: server/domain/read.ts -> ../../../node_modules/pino/pino.js',
  'process-stays-at-home: server/domain/read.ts -> process',
  'scripts-import-no-tests: scripts/cli/run.ts -> test/fake.ts',
  'server-imports-no-scripts-or-tests: server/sync/pull.ts -> scripts/cli/run.ts',
  'sqlite-imports-only-its-own-parts: server/storage/sqlite/sqlite-store.ts -> server/storage/mongo/mongo-store.ts',
  'sqlite-stays-at-home: server/domain/read.ts -> node:sqlite',
  'sqlite-stays-at-home: server/taxii/objects.ts -> node:sqlite',
  'stix-imports-only-its-own-parts: server/stix/validate.ts -> server/release/publish.ts',
  'sync-imports-only-its-own-parts: server/sync/pull.ts -> scripts/cli/run.ts',
  'sync-imports-only-its-own-parts: server/sync/pull.ts -> server/taxii/objects.ts',
  'taxii-imports-only-its-own-parts: server/taxii/objects.ts -> server/storage/sqlite/sqlite-store.ts',
  'taxii-imports-these-as-types-only: server/taxii/objects.ts -> server/ops/logger.ts',
];

test('the import checker finds each import that goes the wrong way, and no other', () => {
  const { status, found } = checkImports(fixture);
  assert.deepEqual(found, [...wrong].sort());
  assert.equal(status, 1);
});

test('the import checker fails when it has read no import at all', () => {
  const { status, summary } = checkImports(`${fixture}/test`);
  assert.match(summary, /^0 wrong of 0 imports/);
  assert.equal(status, 1);
});
