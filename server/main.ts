import { createPasswordHasher } from './auth/passwords.ts';
import { loadCollections } from './config/collections.ts';
import { loadSettings, type Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import { openCore, startServer, SYSTEM_IDS } from './compose.ts';
import { applyPolicies, type Core } from './core.ts';
import { AppError } from './domain/errors.ts';
import { createLogger } from './ops/logger.ts';
import { describeSample, isEmpty, loadSample, type SampleUser } from './sample.ts';

/** What there is to say when the server has started. */
export interface Start {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The users of the example, when it was loaded just now. */
  readonly sample?: readonly SampleUser[];
}

/**
 * Serves until it is told to stop: settings, store, example, server; SIGTERM or SIGINT closes in reverse order.
 * @param describe what standard output says once it listens
 * @throws AppError `config.invalid` and what opening the store and listening throw
 */
export async function serve(
  env: Parameters<typeof loadSettings>[0],
  describe: (start: Start) => string,
): Promise<void> {
  const settings = loadSettings(env);
  const log = createLogger(settings.logLevel);
  const core = await openCore(settings);
  try {
    const sample =
      settings.sampleAllowed && (await isEmpty(core)) ? await prepareSample(core, settings) : undefined;
    // Before anybody can know that it listens: a signal must never find the process without a handler.
    const stopped = nextSignal();
    const server = await startServer(settings, core, log);
    process.stdout.write(describe({ url: server.url, ...(sample === undefined ? {} : { sample }) }));
    const stopping = new AbortController();
    const prepared = core.validator.prepare(stopping.signal);
    const signal = await stopped;
    stopping.abort();
    await prepared;
    log.info({ signal }, 'stopping: what is in flight is finished');
    await server.close();
  } catch (error) {
    throw explainListening(error, settings);
  } finally {
    await core.close();
    log.flush();
  }
}

/** The start in words, for a terminal. */
export function describeStart({ url, sample }: Start): string {
  const greeting = `Pollwatch listens on ${url} (discovery: ${url}/taxii2/)\n\n`;
  return sample ? greeting + describeSample(sample, url) : greeting;
}

async function prepareSample(core: Core, settings: Settings): ReturnType<typeof loadSample> {
  await applyPolicies(core, await loadCollections(settings.collectionsDir));
  return loadSample(core, createPasswordHasher({ ids: SYSTEM_IDS }), SYSTEM_IDS, findPackageRoot());
}

function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve(signal));
  });
}

/** Says what to change when the address cannot be listened on; any other error stays as it is. */
function explainListening(error: unknown, { host, port }: Settings): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return error;
  const detail =
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Set POLLWATCH_PORT to another one.`
      : `The server cannot listen on port ${port} of ${host} (${String(error.code)}). Set POLLWATCH_HOST to an address of this machine, and POLLWATCH_PORT to a port that you may use.`;
  return new AppError('config.invalid', { detail, cause: error });
}
