import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSecureContext, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import { PREFIX } from './config/settings.ts';
import { AppError } from './domain/errors.ts';
import type { Logger } from './ops/logger.ts';

/** The files of the settings. */
export interface TlsFiles {
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly tlsClientCaFile: string | undefined;
}

/** What was read of the files. */
export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** The authorities in PEM form whose client certificates are taken; without them none is asked for. */
  readonly clientAuthorities: string | undefined;
  readonly summary: TlsSummary;
}

/** What there is to say about the files; nothing of it is secret. */
export interface TlsSummary {
  readonly subject: string;
  readonly serialNumber: string;
  readonly validTo: string;
  /** How many authorities may sign client certificates. */
  readonly clientAuthorities: number;
}

/** Forward secret, and with a cipher that proves the content: TAXII 2.1, 8.3, rules out the list of RFC 7540, A. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const BEGIN = /-----BEGIN /g;

/**
 * Reads the files and makes sure that they belong together.
 * @returns undefined when the settings name none
 * @throws AppError `config.invalid` with the setting whose file is not right
 */
export function readTlsFiles({
  tlsCertFile,
  tlsKeyFile,
  tlsClientCaFile,
}: TlsFiles): TlsMaterial | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  const cert = readText('TLS_CERT_FILE', tlsCertFile);
  const key = readText('TLS_KEY_FILE', tlsKeyFile);
  const ca = tlsClientCaFile === undefined ? undefined : readText('TLS_CLIENT_CA_FILE', tlsClientCaFile);
  const leaf = attempt('TLS_CERT_FILE', 'a certificate in PEM form', () => new X509Certificate(cert));
  checkKey(leaf, key);
  const clientAuthorities = ca === undefined ? 0 : countAuthorities(ca);
  const context: SecureContextOptions = {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    secureOptions: toSecureOptions(ca),
  };
  attempt('TLS_CERT_FILE', 'a certificate and key that can be served', () => createSecureContext(context));
  const { subject, serialNumber, validToDate } = leaf;
  const summary = {
    subject: subject.replaceAll('\n', ','),
    serialNumber,
    validTo: validToDate.toISOString(),
  };
  return { context, clientAuthorities: ca, summary: { ...summary, clientAuthorities } };
}

/** Reads the files again, and says in the log what became of it; a fault leaves the server as it was. */
export function reloadTls(reload: () => TlsSummary | undefined, log: Logger): void {
  try {
    const summary = reload();
    if (summary) log.info(summary, 'the TLS files were read again');
  } catch (error) {
    log.error({ err: error }, 'the TLS files were not taken: what was read before stays in use');
  }
}

/** Connections with a client certificate, and against which authorities it was checked. */
export interface CertifiedConnections {
  /** Whether the authorities became others after the certificate of this connection was checked. */
  isOutdated(socket: Duplex): boolean;
  /** Says that there are other authorities from now on. @returns the connections with a certificate until now */
  outdate(): readonly TLSSocket[];
}

/** Watches a server that asks for client certificates, from its first connection on. */
export function watchCertified(server: Server): CertifiedConnections {
  let generation = 0;
  // A handshake goes on with the authorities that it began with, and tells of its connection only by the address.
  const accepted = new Map<string, number>();
  const certified = new Map<Duplex, number>();
  const sockets = new Set<TLSSocket>();
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    accepted.set(peer, generation);
    socket.once('close', () => accepted.delete(peer));
  });
  server.on('secureConnection', (socket) => {
    if (socket.getPeerX509Certificate() === undefined) return;
    certified.set(socket, accepted.get(peerOf(socket)) ?? -1);
    sockets.add(socket);
    socket.once('close', () => {
      certified.delete(socket);
      sockets.delete(socket);
    });
  });
  return {
    isOutdated: (socket) => (certified.get(socket) ?? generation) !== generation,
    outdate() {
      generation += 1;
      return [...sockets];
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

/**
 * A client could make the server work by asking for keys again and again. A session that is resumed brings back what
 * was found out about its certificate, whatever became of the certificate or the authorities since.
 */
function toSecureOptions(ca: string | undefined): number {
  return constants.SSL_OP_NO_RENEGOTIATION | (ca === undefined ? 0 : constants.SSL_OP_NO_TICKET);
}

function checkKey(leaf: X509Certificate, text: string): void {
  const key = attempt('TLS_KEY_FILE', 'a private key in PEM form without a passphrase', () =>
    createPrivateKey(text),
  );
  if (!leaf.checkPrivateKey(key)) {
    throw fault('TLS_KEY_FILE', `the key of the first certificate in ${PREFIX}TLS_CERT_FILE`);
  }
}

/** OpenSSL would pass over what it cannot read, and take fewer authorities or none. */
function countAuthorities(text: string): number {
  const certificates = text.match(CERTIFICATE) ?? [];
  const wanted = 'certificates in PEM form, at least one, and nothing else';
  if (certificates.length === 0 || certificates.length !== text.match(BEGIN)?.length) {
    throw fault('TLS_CLIENT_CA_FILE', wanted);
  }
  for (const each of certificates) attempt('TLS_CLIENT_CA_FILE', wanted, () => new X509Certificate(each));
  return certificates.length;
}

function readText(name: string, path: string): string {
  return attempt(name, 'a file that this process can read', () => readFileSync(path, 'utf8'));
}

function attempt<T>(name: string, wanted: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw fault(name, wanted, error);
  }
}

function fault(name: string, wanted: string, cause?: unknown): AppError {
  return new AppError('config.invalid', { detail: `${PREFIX}${name}: wanted ${wanted}.`, cause });
}
