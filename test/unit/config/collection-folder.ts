import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** Collection files by name without `.json`: a JSON value each, or a text that is written as it is. */
export type Files = Readonly<Record<string, unknown>>;

/** Writes the files into a new folder, which is removed when the test ends. */
export function makeFolder(t: TestContext, files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-collections-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      join(folder, `${name}.json`),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return folder;
}

/** The UUIDv4 that a test gives to its n-th collection. */
export function toId(n: number): string {
  return `0000000${n}-0000-4000-8000-000000000000`;
}

/** An as-posted collection that everybody who signed in may read. */
export const library = {
  id: toId(1),
  alias: 'library',
  title: 'Library',
  release: { policy: 'as-posted', maxTlp: 'green' },
  read: ['*'],
};

/** A collection for the states that refers to the library. */
export const states = {
  id: toId(2),
  alias: 'states',
  title: 'States',
  release: { policy: 'audience', audience: 'state', maxTlp: 'amber', hold: false },
  references: ['library'],
  read: ['audience:state'],
};

/** An intake collection. */
export const inbox = {
  id: toId(3),
  alias: 'inbox',
  title: 'Inbox',
  release: { policy: 'intake', defaults: { tlp: 'amber', audiences: ['federal'], consent: 'everyone' } },
  write: ['role:analyst'],
};

/** A collection for two named organisations. */
export const task = {
  id: toId(4),
  alias: 'task',
  title: 'Task force',
  release: { policy: 'recipients', recipients: ['nass', 'fbi'], maxTlp: 'red', hold: true },
  read: ['org:nass', 'org:fbi'],
};
