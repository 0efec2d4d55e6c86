import { createServer, type AddressInfo, type Server } from 'node:net';
import { PREFIX } from './config/settings.ts';
import { AppError } from './domain/errors.ts';

/** Where to listen, and the settings that say so. */
export interface Place {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Names of settings without their prefix. */
  readonly settings: { readonly host: string; readonly port: string };
}

/**
 * Listens.
 * @returns the port
 * @throws AppError `config.invalid` that says what to change when the address cannot be listened on
 */
export async function listen(server: Server, place: Place): Promise<number> {
  const { host, port } = place;
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => {
      reject(explainListening(error, place));
    };
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return portOf(server.address()) ?? port;
}

/**
 * Finds a port that nobody listens on, for several processes that share it from then on.
 * @throws AppError `config.invalid` like `listen`
 */
export async function findFreePort(place: Place): Promise<number> {
  const server = createServer();
  const port = await listen(server, { ...place, port: 0 });
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  return port;
}

/** An address as a client writes it, without a slash at the end. */
export function toUrl(scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function portOf(address: string | AddressInfo | null): number | undefined {
  return typeof address === 'object' && address ? address.port : undefined;
}

function explainListening(error: Error, { host, port, settings }: Place): Error {
  if (!('syscall' in error) || !('code' in error)) return error;
  const { syscall } = error;
  // Shared by several processes, an address is bound first.
  if (syscall !== 'listen' && syscall !== 'bind' && syscall !== 'getaddrinfo') return error;
  const detail =
    error.code === 'EADDRINUSE'
      ? `Port ${port} on ${host} is in use. Set ${PREFIX}${settings.port} to another one.`
      : `The server cannot listen on port ${port} of ${host} (${String(error.code)}). Set ${PREFIX}${settings.host} to an address of this machine, and ${PREFIX}${settings.port} to a port that you may use.`;
  return new AppError('config.invalid', { detail, cause: error });
}
