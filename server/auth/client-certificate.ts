import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { MICROS_PER_MILLI, type Tick } from '../domain/timestamp.ts';
import { toSubject } from './subject.ts';

/** The certificate that a client presented in its handshake. */
export interface ClientCertificate {
  /** Why it is not taken, for the client; undefined when an authority of ours vouches for it. */
  readonly fault: string | undefined;
  /** As `toSubject` writes it; undefined when it is empty or cannot be read. */
  readonly subject: string | undefined;
  /** The SHA-256 of all of it. */
  readonly fingerprint: string;
  /** From then on it is no longer valid. */
  readonly expiresAt: Tick;
}

export const EXPIRED = 'it has expired';
const UNTRUSTED = 'it was not issued by an authority that this server trusts';
const FAULTS = new Map([
  ['CERT_HAS_EXPIRED', EXPIRED],
  ['CERT_NOT_YET_VALID', 'it is not valid yet'],
  ['INVALID_PURPOSE', 'it is not meant for clients'],
]);

/** A certificate stays the same as long as its connection: nothing can be negotiated again. */
const known = new WeakMap<Socket, ClientCertificate>();

/**
 * Which certificate the client at the other end of a connection holds the key of. It comes from the handshake alone,
 * never from a header.
 * @returns undefined without TLS and without a certificate, also for a session that was resumed without one, which
 * Node calls authorized
 */
export function findClientCertificate(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const found = known.get(socket);
  if (found) return found;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const read = {
    fault: socket.authorized ? undefined : toFault(socket.authorizationError),
    subject: toSubject(certificate.raw),
    fingerprint: certificate.fingerprint256,
    expiresAt: certificate.validToDate.getTime() * MICROS_PER_MILLI,
  };
  known.set(socket, read);
  return read;
}

/** Node's types say that it is an error; a server has the code of OpenSSL alone. */
function toFault(error: unknown): string {
  return (typeof error === 'string' ? FAULTS.get(error) : undefined) ?? UNTRUSTED;
}
