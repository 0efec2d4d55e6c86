import { createPasswordHasher } from './auth/passwords.ts';
import { loadCollections } from './config/collections.ts';
import { loadSettings, type Settings } from './config/load.ts';
import { findPackageRoot } from './config/package-root.ts';
import { openCore, startServer, SYSTEM_IDS } from './compose.ts';
import { applyPolicies, type Core } from './core.ts';
import { AppError } from './domain/errors.ts';
import { createLogger } from './ops/logger.ts';
import { describeSample, isEmpty, loadSample } from './sample.ts';

/**
 * Serves until it is told to stop: settings, store, example, server; SIGTERM or SIGINT closes in reverse order.
 * @throws AppError `config.invalid` and what opening the store and listening throw
 */
export async function serve(): Promise<void> {
  const settings = loadSettings(process.env);
  const log = createLogger(settings.logLevel);
  const core = await openCore(settings);
  try {
    const sample =
      settings.sampleAllowed && (await isEmpty(core)) ? await prepareSample(core, settings) : undefined;
    const server = await startServer(settings, core, log);
    process.stdout.write(`Pollwatch listens on ${server.url} (discovery: ${server.url}/taxii2/)\n\n`);
    if (sample) process.stdout.write(describeSample(sample, server.url));
    const signal = await nextSignal();
    log.info({ signal }, 'stopping: what is in flight is finished');
    await server.close();
  } catch (error) {
    throw isAddressInUse(error)
      ? new AppError('config.invalid', {
          detail: `Port ${settings.port} on ${settings.host} is in use. Set POLLWATCH_PORT to another one.`,
          cause: error,
        })
      : error;
  } finally {
    await core.close();
    log.flush();
  }
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

function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
