import { rmSync } from 'node:fs';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createToken } from '../../server/auth/tokens.ts';
import { openCore, SYSTEM_CLOCK, SYSTEM_IDS } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { Store } from '../../server/storage/port.ts';
import { startServerProcess, type ServerProcess } from './processes.ts';

/** A database with one organisation, its user and a token, and the settings of a server over it. */
export interface AnyStage {
  readonly folder: string;
  /** The header of a client that sends the token as a Basic password. */
  readonly authorization: string;
  startServer(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
}

/** One over SQLite. */
export interface Stage extends AnyStage {
  readonly databaseFile: string;
}

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

/** A temporary folder that goes with everything in it. */
export async function makeFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'pollwatch-bench-'));
  // For an end by a signal, after which nothing is disposed of.
  const removeAtOnce = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  process.once('exit', removeAtOnce);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
      process.off('exit', removeAtOnce);
    },
  };
}

const ENTRY = fileURLToPath(new URL('../pollwatch.js', import.meta.url));
const USER = 'poller';
const ORGANISATION = 'bench';

/** The collections of the bench, by alias. */
export const COLLECTIONS = {
  sample: parseCollectionId('b1a1c0de-0000-4000-8000-000000000001'),
  grown: parseCollectionId('b1a1c0de-0000-4000-8000-000000000002'),
  intake: parseCollectionId('b1a1c0de-0000-4000-8000-000000000004'),
  federal: parseCollectionId('b1a1c0de-0000-4000-8000-000000000005'),
  state: parseCollectionId('b1a1c0de-0000-4000-8000-000000000006'),
  private: parseCollectionId('b1a1c0de-0000-4000-8000-000000000007'),
} as const;

/** The collections that the release rules fill from what is posted to `intake`. */
export const AUDIENCES = ['federal', 'state', 'private'] as const;

function parseCollectionId(text: string): CollectionId {
  return text as CollectionId;
}

type Fill = (store: Store) => Promise<void>;

export type Alias = keyof typeof COLLECTIONS;

/** All but four show what is posted, so that what a page holds is known. */
function releaseOf(alias: string): object {
  if (alias === 'intake') {
    return { policy: 'intake', defaults: { tlp: 'amber', audiences: AUDIENCES, consent: 'everyone' } };
  }
  const audience = AUDIENCES.find((each) => each === alias);
  if (audience) return { policy: 'audience', audience, maxTlp: 'amber+strict', hold: false };
  return { policy: 'as-posted', maxTlp: 'red' };
}

/** Makes a new database in the folder; `fill` may put more into it before any server starts. */
export async function prepareStage(folder: string, fill?: Fill): Promise<Stage> {
  const databaseFile = join(folder, 'bench.db');
  return { ...(await prepareStageOver(folder, `sqlite:${databaseFile}`, fill)), databaseFile };
}

/** The same over any new database. The folder, which holds the rest, is made when it is not there. */
export async function prepareStageOver(
  folder: string,
  databaseUrl: string,
  fill: Fill = () => Promise.resolve(),
): Promise<AnyStage> {
  const collections = join(folder, 'collections');
  await mkdir(collections, { recursive: true });
  for (const [alias, id] of Object.entries(COLLECTIONS)) {
    const grants = { read: alias === 'intake' ? [] : [`user:${USER}`], write: [`org:${ORGANISATION}`] };
    const collection = { id, alias, title: alias, release: releaseOf(alias), ...grants };
    await writeFile(join(collections, `${alias}.json`), JSON.stringify(collection));
  }
  const env = {
    POLLWATCH_PORT: '0',
    POLLWATCH_DATABASE_URL: databaseUrl,
    POLLWATCH_COLLECTIONS_DIR: collections,
  };
  const core = await openCore(loadSettings(env));
  const { id, token, hash } = createToken(SYSTEM_IDS);
  try {
    const { store } = core;
    await store.addOrganisation({ id: ORGANISATION, name: 'Bench', audience: 'federal', hub: true });
    await store.addUser({
      name: USER,
      org: ORGANISATION,
      role: 'analyst',
      passwordHash: '',
      disabled: false,
    });
    await store.addToken({ id, user: USER, hash, createdAt: SYSTEM_CLOCK.now(), revoked: false });
    await fill(store);
  } finally {
    await core.close();
  }
  return {
    folder,
    authorization: `Basic ${Buffer.from(`${USER}:${token}`).toString('base64')}`,
    startServer: (extra = {}) => startServerProcess(folder, [ENTRY, 'serve'], { ...env, ...extra }),
  };
}

/** The path of a collection's objects. */
export function objectsPath(alias: Alias, query = ''): string {
  return `/feed/collections/${alias}/objects/${query}`;
}
