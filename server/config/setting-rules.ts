import { formatDuration } from './setting-kinds.ts';
import { isLoopback } from './loopback.ts';
import { PREFIX, type SettingValues } from './settings.ts';

/** The settings that could be read; one that could not is missing, and the rules about it are left out. */
export type ReadValues = Partial<SettingValues>;

/** Tells by its name without prefix whether a setting has a value in the environment, right or wrong. */
export type IsSet = (name: string) => boolean;

/**
 * Checks what settings must be to each other.
 * @returns one line for each problem.
 */
export function findConflicts(values: ReadValues, isSet: IsSet): readonly string[] {
  return [
    findHalfTls(isSet),
    findUselessClientCa(values, isSet),
    findPlainHttp(values, isSet),
    findPlainMetrics(values, isSet),
    findWorkersInMemory(values),
    findPageLimits(values),
    findTimeouts(values),
  ].filter((problem) => problem !== undefined);
}

function findHalfTls(isSet: IsSet): string | undefined {
  const cert = isSet('TLS_CERT_FILE');
  if (cert === isSet('TLS_KEY_FILE')) return undefined;
  const [there, missing] = cert ? ['TLS_CERT_FILE', 'TLS_KEY_FILE'] : ['TLS_KEY_FILE', 'TLS_CERT_FILE'];
  return `${PREFIX}${missing}: found nothing, wanted a value because ${PREFIX}${there} has one. Set both, or neither.`;
}

function findUselessClientCa({ tlsClientCaFile }: ReadValues, isSet: IsSet): string | undefined {
  if (tlsClientCaFile === undefined || isSet('TLS_CERT_FILE') || isSet('TLS_KEY_FILE')) return undefined;
  return (
    `${PREFIX}TLS_CLIENT_CA_FILE: found a value without ${PREFIX}TLS_CERT_FILE and ${PREFIX}TLS_KEY_FILE, ` +
    `but client certificates are asked for by TLS alone. Set these two as well, or remove it.`
  );
}

function findPlainHttp(values: ReadValues, isSet: IsSet): string | undefined {
  const { host, insecureHttp } = values;
  if (host === undefined || isLoopback(host)) return undefined;
  if (insecureHttp !== false || isSet('TLS_CERT_FILE') || isSet('TLS_KEY_FILE')) return undefined;
  return (
    `${PREFIX}HOST: found ${JSON.stringify(host)} without TLS, wanted a loopback address such as 127.0.0.1, ` +
    `because passwords would cross the network in plain text. Set ${PREFIX}TLS_CERT_FILE and ${PREFIX}TLS_KEY_FILE, ` +
    `or ${PREFIX}INSECURE_HTTP=on if TLS ends in front of this server.`
  );
}

function findPlainMetrics(values: ReadValues, isSet: IsSet): string | undefined {
  const { metricsHost, metricsPort, insecureHttp } = values;
  if (metricsPort === undefined || metricsHost === undefined || isLoopback(metricsHost)) return undefined;
  if (insecureHttp !== false || isSet('TLS_CERT_FILE') || isSet('TLS_KEY_FILE')) return undefined;
  return (
    `${PREFIX}METRICS_HOST: found ${JSON.stringify(metricsHost)} without TLS, wanted a loopback address such as ` +
    `127.0.0.1, because what is said of the server would cross the network in plain text. Set ` +
    `${PREFIX}TLS_CERT_FILE and ${PREFIX}TLS_KEY_FILE, or ${PREFIX}INSECURE_HTTP=on if that network is trusted.`
  );
}

// Each worker would have a database of its own.
function findWorkersInMemory({ workers, databaseUrl }: ReadValues): string | undefined {
  if (workers === undefined || workers === 1 || databaseUrl !== 'sqlite::memory:') return undefined;
  return (
    `${PREFIX}WORKERS: found ${workers}, wanted 1, because sqlite::memory: is a database of one process alone. ` +
    `Set ${PREFIX}DATABASE_URL to a file or to MongoDB, or remove ${PREFIX}WORKERS.`
  );
}

function findPageLimits(values: ReadValues): string | undefined {
  const { pageLimitDefault, pageLimitMax } = values;
  if (pageLimitDefault === undefined || pageLimitMax === undefined || pageLimitDefault <= pageLimitMax)
    return undefined;
  return (
    `${PREFIX}PAGE_LIMIT_DEFAULT: found ${pageLimitDefault}, wanted at most ${pageLimitMax}, ` +
    `the value of ${PREFIX}PAGE_LIMIT_MAX. Lower the first or raise the second.`
  );
}

// Node refuses to make a server whose headers may take longer than the whole request.
function findTimeouts(values: ReadValues): string | undefined {
  const { headersTimeoutMs, requestTimeoutMs } = values;
  if (headersTimeoutMs === undefined || requestTimeoutMs === undefined) return undefined;
  if (headersTimeoutMs <= requestTimeoutMs) return undefined;
  return (
    `${PREFIX}HEADERS_TIMEOUT: found ${formatDuration(headersTimeoutMs)}, wanted at most ${formatDuration(requestTimeoutMs)}, ` +
    `the value of ${PREFIX}REQUEST_TIMEOUT. Lower the first or raise the second.`
  );
}
