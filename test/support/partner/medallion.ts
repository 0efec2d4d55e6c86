import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PostedObject } from './behaviour.ts';
import { PARTNER_START } from './stock.ts';
import { writeDate } from './dates.ts';

/** The reference server of the OASIS committee, in the version that we are proved against. */
const MEDALLION_VERSION = '3.0.0';
export const MEDALLION_USER = 'pollwatch';
export const MEDALLION_PASSWORD = 'a secret of medallion';
const MEDALLION_COLLECTION = 'a2e1f0b4-6d0c-4f7e-9b58-1c3d5e7f9a0b';
const EMPTY_COLLECTION = 'c4d3e2f1-7a8b-4c9d-8e0f-2b4d6f8a0c1e';

const PYTHON = process.env['POLLWATCH_TEST_PYTHON'] ?? 'python3';
const ASK = 'from importlib.metadata import version; print(version("medallion"))';
const START_MS = 30_000;
const ADDRESS = /Running on http:\/\/127\.0\.0\.1:(\d+)/;
const MEDIA_TYPE = 'application/stix+json;version=2.1';
const TAXII = 'application/taxii+json;version=2.1';

/** What tests give as `skip`: false when there is a medallion, otherwise the reason, for all to see. */
export function medallionAvailability(): string | false {
  const { stdout, error } = spawnSync(PYTHON, ['-c', ASK], { encoding: 'utf8', timeout: START_MS });
  if (!error && stdout.trim() === MEDALLION_VERSION) return false;
  const found = error ? error.message : stdout.trim() || 'none';
  return (
    `SKIPPED LOUDLY: no medallion ${MEDALLION_VERSION} to test against (${PYTHON}: ${found}); ` +
    'POLLWATCH_TEST_PYTHON names a Python that has it'
  );
}

export interface MedallionOptions {
  /** What it holds in its collection when it starts. */
  readonly objects: readonly PostedObject[];
  /** So many in a row share the moment in which they were added; 1 unless told. */
  readonly sharing?: number;
  readonly pageSize?: number;
  readonly maxContentLength?: number;
}

/** A medallion with the objects in memory: what is posted to it is gone when it starts anew. */
export interface Medallion extends AsyncDisposable {
  readonly discoveryUrl: string;
  readonly apiRoot: string;
  readonly collection: string;
  /** Ends it and starts it again at the same address, with what it held at first. */
  restart(): Promise<void>;
  /** Everything in the collection, read page by page as its own clients do. */
  readAll(collection?: string): Promise<readonly PostedObject[]>;
  /** Records of the manifest, all versions. */
  readManifest(collection?: string): Promise<readonly PostedObject[]>;
  readonly emptyCollection: string;
}

/** Starts a medallion on loopback. */
export async function startMedallion(options: MedallionOptions): Promise<Medallion> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-medallion-'));
  const data = join(folder, 'data.json');
  const config = join(folder, 'config.json');
  await writeFile(data, JSON.stringify(toData(options)));
  const backend = {
    module: 'medallion.backends.memory_backend',
    module_class: 'MemoryBackend',
    filename: data,
  };
  await writeFile(
    config,
    JSON.stringify({
      backend,
      users: { [MEDALLION_USER]: MEDALLION_PASSWORD },
      taxii: { max_page_size: options.pageSize ?? 100 },
    }),
  );
  let running = await launch(config, 0);
  const { port } = running;
  const origin = `http://127.0.0.1:${String(port)}`;
  const read = (collection: string, kind: string): Promise<readonly PostedObject[]> =>
    readPages(`${origin}/api/collections/${collection}/${kind}/`);
  return {
    discoveryUrl: `${origin}/taxii2/`,
    apiRoot: `${origin}/api/`,
    collection: MEDALLION_COLLECTION,
    emptyCollection: EMPTY_COLLECTION,
    async restart() {
      await running.end();
      running = await launch(config, port);
    },
    readAll: (collection = MEDALLION_COLLECTION) => read(collection, 'objects'),
    readManifest: (collection = MEDALLION_COLLECTION) => read(collection, 'manifest'),
    async [Symbol.asyncDispose]() {
      await running.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly port: number;
  end(): Promise<void>;
}

async function launch(config: string, port: number): Promise<Running> {
  const child = spawn(
    PYTHON,
    ['-m', 'medallion.scripts.run', '--host', '127.0.0.1', '--port', String(port), config],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PYTHONUNBUFFERED: '1' } },
  );
  const ended = once(child, 'exit');
  const endNow = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endNow);
  const end = async (): Promise<void> => {
    endNow();
    await ended;
    process.off('exit', endNow);
  };
  const found = await Promise.race([
    readPort(child),
    ended.then(() => undefined),
    delay(START_MS, undefined, { ref: false }),
  ]);
  if (found === undefined) {
    await end();
    throw new Error('medallion did not start');
  }
  return { port: found, end };
}

function readPort(child: ChildProcess): Promise<number> {
  let said = '';
  return new Promise((resolve) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Later it logs every request: what is not read would block it.
      if (said.length > 10_000) return;
      said += text;
      const port = ADDRESS.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
}

function toData({ objects, sharing = 1, maxContentLength = 10_000_000 }: MedallionOptions): object {
  const dates = objects.map((_, index) =>
    writeDate(PARTNER_START + Math.floor(index / sharing) * 1_000_001, 'us'),
  );
  // What has neither time has that of its arrival for a version, in a member that medallion hides.
  const held = objects.map((object, index) =>
    (object.modified ?? object.created) ? object : { ...object, _date_added: dates[index] },
  );
  const manifest = objects.map(({ id, modified, created }, index) => ({
    id,
    date_added: dates[index],
    version: modified ?? created ?? dates[index],
    media_type: MEDIA_TYPE,
  }));
  const rights = { can_read: true, can_write: true, media_types: [MEDIA_TYPE] };
  const information = { title: 'medallion', versions: [TAXII], max_content_length: maxContentLength };
  return {
    // medallion gives out what stands here, and does not know its own port yet.
    '/discovery': { title: 'medallion', default: '/api/', api_roots: ['/api/'] },
    api: {
      information,
      status: [],
      collections: [
        { id: MEDALLION_COLLECTION, title: 'The examples', ...rights, objects: held, manifest },
        { id: EMPTY_COLLECTION, title: 'Empty at first', ...rights, objects: [], manifest: [] },
      ],
    },
  };
}

interface ReadPage {
  readonly objects?: readonly PostedObject[];
  readonly more?: boolean;
  readonly next?: string;
}

async function readPages(url: string): Promise<readonly PostedObject[]> {
  const credentials = Buffer.from(`${MEDALLION_USER}:${MEDALLION_PASSWORD}`).toString('base64');
  const found: PostedObject[] = [];
  for (let next = ''; ;) {
    const response = await fetch(`${url}?limit=50&match[version]=all${next}`, {
      headers: { Accept: TAXII, Authorization: `Basic ${credentials}` },
    });
    if (response.status !== 200) throw new Error(`medallion answered ${String(response.status)}`);
    const page = parsePage(await response.text());
    found.push(...(page.objects ?? []));
    if (page.more !== true || page.next === undefined) return found;
    next = `&next=${page.next}`;
  }
}

function parsePage(text: string): ReadPage {
  return JSON.parse(text) as ReadPage;
}
