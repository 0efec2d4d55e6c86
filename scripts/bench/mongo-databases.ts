import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { watchOver } from './processes.ts';
import type { RowResult } from './report.ts';

/** Databases of the caller's own, dropped when they are disposed of. */
export interface MongoDatabases extends AsyncDisposable {
  readonly urls: readonly string[];
}

// A process of its own, for scripts import no tests.
const KEEPER = fileURLToPath(new URL('../../test/support/mongo-main.ts', import.meta.url));
const LINE = /^(database|missing) (.+)$/;
const REMEDY = 'POLLWATCH_TEST_MONGO_URL has to name a MongoDB, or java, javac and mvn have to be there';

/**
 * Makes new databases on the server that POLLWATCH_TEST_MONGO_URL names, else on one that is started for it.
 * @throws Error when its process ends before it has named them
 */
export async function openMongoDatabases(
  count: number,
): Promise<MongoDatabases | { readonly missing: string }> {
  const child = spawn(process.execPath, [KEEPER, String(count)], { stdio: ['pipe', 'pipe', 'inherit'] });
  watchOver(child);
  const ended = once(child, 'exit');
  const urls: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, kind, value = ''] = LINE.exec(line) ?? [];
    if (kind === 'missing') return { missing: value };
    if (kind === 'database') urls.push(value);
    if (urls.length === count) break;
  }
  if (urls.length < count) throw new Error('there are no databases to measure over');
  return {
    urls,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

/** What a row comes to that has no database. */
export function toUnmeasured(
  head: Pick<RowResult, 'row' | 'what'> & { readonly wanted: NonNullable<RowResult['wanted']> },
  missing: string,
): RowResult {
  const nothing = { measured: '', reference: '', ratio: Number.NaN, notes: [] };
  return { ...head, ...nothing, missing: `${missing}: ${REMEDY}` };
}
