import type { Settings } from './config/load.ts';
import { AppError } from './domain/errors.ts';
import { listen, toUrl } from './listening.ts';
import type { Logger } from './ops/logger.ts';
import { createMetricsServer } from './ops/metrics-server.ts';
import { readTlsFiles, reloadTls } from './tls.ts';

/** The metrics as they are given out over HTTP. */
export interface GivenMetrics {
  /** Where, without a slash at the end. */
  readonly url: string;
  /** Reads the TLS files again; without TLS it does nothing. It never throws. */
  reload(log: Logger): void;
  close(): Promise<void>;
}

type MetricsSettings = Pick<Settings, 'metricsHost' | 'metricsPort' | 'tlsCertFile' | 'tlsKeyFile'>;

/**
 * Gives the metrics out where the settings say, over HTTPS with the server's own certificate when it has one.
 * @param readText all metrics as they are now
 * @throws AppError `config.invalid` when the address cannot be listened on
 */
export async function giveMetrics(
  settings: MetricsSettings,
  readText: () => Promise<string>,
): Promise<GivenMetrics> {
  const { metricsHost: host, metricsPort: port } = settings;
  if (port === undefined) throw new AppError('internal', { cause: new Error('no metrics are wanted') });
  // Who reads them need not show a certificate of a client.
  const readContext = () => readTlsFiles({ ...settings, tlsClientCaFile: undefined });
  const { server, renew, close } = createMetricsServer({ readText, tls: readContext()?.context });
  const names = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
  const listening = await listen(server, { host, port, settings: names });
  return {
    url: toUrl(settings.tlsCertFile === undefined ? 'http' : 'https', host, listening),
    reload(log) {
      reloadTls(() => {
        const read = readContext();
        if (read) renew(read.context);
        return read?.summary;
      }, log);
    },
    close,
  };
}
