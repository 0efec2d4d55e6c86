import { AppError } from '../../domain/errors.ts';
import type { Tick } from '../../domain/timestamp.ts';
import type { Database } from './database.ts';
import { integerOf } from './rows.ts';

/*
 * Numbered and never edited. `marks` are the bits of entry-marks.ts; `poll` is 1 for what a default poll shows.
 * Each index of `entries` is named for the query that it serves.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('next_handle', 1), ('directory_generation', 1);

  CREATE TABLE collections (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    last_tick INTEGER NOT NULL DEFAULT 0,
    generation INTEGER NOT NULL DEFAULT 1
  ) STRICT;

  CREATE TABLE entries (
    key INTEGER PRIMARY KEY,
    collection INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    poll INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    spec TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version_key TEXT NOT NULL,
    version TEXT NOT NULL,
    held_id TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX entries_by_version ON entries (collection, id, version_key);
  CREATE UNIQUE INDEX entries_for_all ON entries (collection, tick);
  CREATE INDEX entries_for_poll ON entries (collection, tick) WHERE poll = 1;
  CREATE INDEX entries_for_match_type ON entries (collection, type, tick);
  CREATE INDEX entries_for_match_id ON entries (collection, id, tick);
  CREATE INDEX entries_for_match_version ON entries (collection, version_key, tick);

  CREATE TABLE objects (id TEXT PRIMARY KEY, owner TEXT, recall TEXT) STRICT, WITHOUT ROWID;
  CREATE INDEX objects_by_owner ON objects (owner) WHERE owner IS NOT NULL;

  CREATE TABLE versions (
    handle INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    version_key TEXT NOT NULL,
    rank INTEGER NOT NULL,
    sender TEXT NOT NULL,
    facts TEXT NOT NULL,
    standing TEXT NOT NULL,
    text TEXT NOT NULL
  ) STRICT;
  CREATE INDEX versions_by_id ON versions (id, version_key, rank);
  CREATE INDEX versions_by_sender ON versions (sender, id);

  CREATE TABLE names (
    target TEXT NOT NULL,
    role INTEGER NOT NULL,
    handle INTEGER NOT NULL,
    PRIMARY KEY (target, role, handle)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE decisions (
    handle INTEGER NOT NULL,
    collection INTEGER NOT NULL,
    state INTEGER NOT NULL,
    due INTEGER,
    PRIMARY KEY (handle, collection)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX decisions_by_due ON decisions (due) WHERE due IS NOT NULL;

  CREATE TABLE submissions (
    id TEXT PRIMARY KEY,
    received_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    head TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    outcomes TEXT NOT NULL DEFAULT '[]',
    completed_at INTEGER,
    body BLOB
  ) STRICT;
  CREATE INDEX submissions_to_carry_out ON submissions (received_at) WHERE state = 'received';

  CREATE TABLE organisations (id TEXT PRIMARY KEY, identity TEXT UNIQUE, record TEXT NOT NULL) STRICT;
  CREATE TABLE users (name TEXT PRIMARY KEY, certificate TEXT UNIQUE, record TEXT NOT NULL) STRICT;
  CREATE TABLE tokens (id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    fence INTEGER NOT NULL,
    beat INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  -- Another one with each commit that changes what an export has.
  INSERT INTO meta VALUES ('mark', lower(hex(randomblob(16))));
  `,
  `
  CREATE TABLE feeds (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, record TEXT NOT NULL) STRICT;
  CREATE TABLE feed_states (
    feed TEXT PRIMARY KEY,
    fence INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE feed_rejects (
    number INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    -- Of the original; NULL for one that has none.
    bytes INTEGER,
    record TEXT NOT NULL,
    UNIQUE (feed, key)
  ) STRICT;
  CREATE INDEX feed_rejects_by_time ON feed_rejects (feed, at, key, bytes);
  CREATE TABLE arrivals (
    org TEXT NOT NULL,
    id TEXT NOT NULL,
    version_key TEXT NOT NULL,
    PRIMARY KEY (org, id, version_key)
  ) STRICT, WITHOUT ROWID;
  `,
];

/**
 * Brings the schema up to date. The ledger row is written first in the same transaction, so that two
 * processes starting together do each step once.
 * @throws AppError `storage.unavailable` when the database is newer than this program.
 */
export function migrate(database: Database, now: Tick): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT',
  );
  const newest = database.statement('SELECT coalesce(max(number), 0) AS number FROM migrations').get();
  if (newest && integerOf(newest, 'number') > MIGRATIONS.length) {
    throw new AppError('storage.unavailable', {
      detail: 'The database was written by a newer version of pollwatch. Start that version.',
    });
  }
  MIGRATIONS.forEach((sql, index) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const ledger = database.statement('INSERT OR IGNORE INTO migrations VALUES (?, ?)').run(index + 1, now);
      if (ledger.changes === 1) database.exec(sql);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  });
}
