/*
 * One side of row 13, in a process of its own: `pull URL` reads a partner's collection, `submit FILE` hands the same
 * objects (one envelope a line) to the intake alone. Prints what it took as JSON.
 */
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openCore, openFeeds } from '../../server/compose.ts';
import { loadCollections } from '../../server/config/collections.ts';
import { loadSettings, type Settings } from '../../server/config/load.ts';
import { applyPolicies, type Core } from '../../server/core.ts';
import { requireWrite } from '../../server/domain/access.ts';
import { readPrincipal } from '../../server/domain/decision-context.ts';
import { NO_TERMS } from '../../server/domain/submit.ts';
import { createLogger } from '../../server/ops/logger.ts';

const USER = 'poller';
const INTAKE = 'intake';

const [kind, source = ''] = process.argv.slice(2);
const settings = loadSettings(process.env);
const core = await openCore(settings);
try {
  await applyPolicies(core, await loadCollections(settings.collectionsDir));
  const before = performance.now();
  const objects = kind === 'pull' ? await pull(core, settings, source) : await submit(core, source);
  const ms = performance.now() - before;
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  process.stdout.write(JSON.stringify({ objects, ms, peakKibibytes: Number(peak) }));
} finally {
  await core.close();
}

async function pull(opened: Core, bounds: Settings, url: string): Promise<number> {
  const log = createLogger('silent');
  const feeds = openFeeds(bounds, opened, log, process.env);
  try {
    await feeds.service.add({
      name: 'bench',
      url,
      collection: 'sample',
      direction: 'pull',
      cron: '0 0 1 1 *',
      auth: { kind: 'basic', user: USER },
      secret: { env: 'BENCH_TOKEN' },
      org: 'bench',
      allowPrivate: true,
    });
    const { signal } = new AbortController();
    const { result, counts, error } = await feeds.service.run('bench', { signal });
    if (result !== 'complete') throw new Error(`the pull ended ${result}: ${error?.detail}`);
    return counts.objects - counts.rejected;
  } finally {
    await feeds.close();
  }
}

async function submit({ store, submissions }: Core, file: string): Promise<number> {
  const collection = (await store.readPolicies()).find(({ alias }) => alias === INTAKE);
  if (!collection) throw new Error('there is no intake collection');
  const sender = await readPrincipal(store, USER);
  let objects = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const body = Buffer.from(line);
    const { outcomes } = await submissions.submit(sender, requireWrite(sender, collection), body, NO_TERMS);
    objects += outcomes.filter(({ result }) => result !== 'failure').length;
  }
  return objects;
}
