import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const KEEPER = fileURLToPath(new URL('../test/support/mongo-main.ts', import.meta.url));

/**
 * Makes sure that there is one MongoDB-compatible server for all test processes, and names it to them in
 * POLLWATCH_TEST_MONGO_URL, unless it is named already.
 * @returns what ends it, or why there is none
 */
export async function startTestMongo() {
  if (process.env.POLLWATCH_TEST_MONGO_URL) return { stop: async () => undefined };
  const keeper = spawn(process.execPath, [KEEPER, '1'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(keeper, 'exit');
  for await (const line of createInterface({ input: keeper.stdout })) {
    const [said, ...rest] = line.split(' ');
    if (said === 'missing') return { reason: rest.join(' ') };
    if (said !== 'database') continue;
    process.env.POLLWATCH_TEST_MONGO_URL = rest.join(' ');
    return { stop: () => endKeeper(keeper, ended) };
  }
  return { reason: 'the server to test against did not start: is there a java?' };
}

async function endKeeper(keeper, ended) {
  keeper.stdin.end();
  await ended;
}
