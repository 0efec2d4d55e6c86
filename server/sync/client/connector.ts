import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import type { buildConnector } from 'undici';
import { PartnerFault } from '../partner-fault.ts';
import { createCheckedLookup, requireHost, toAddressRules } from './address-rules.ts';
import type { Credentials } from './taxii-client.ts';

export interface ConnectorOptions {
  readonly allowPrivate: boolean;
  readonly authorities: string | undefined;
  readonly credentials: Credentials;
  readonly timeoutMs: number;
  /** Whether our certificate may be shown to this origin. */
  readonly isHome: (origin: string) => boolean;
}

export interface Connector {
  readonly connect: buildConnector.connector;
  /** Ends all connections, also those that are not made yet. */
  destroy(): void;
}

/**
 * Makes connections to addresses that are allowed, with TLS 1.2 or newer and the certificate of the other side always
 * checked, whatever the environment says.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const sockets = new Set<Socket>();
  const contexts = new Map<boolean, SecureContext>();
  const contextFor = (isHome: boolean): SecureContext => {
    const known = contexts.get(isHome);
    if (known) return known;
    const made = makeContext(options.authorities, isHome ? options.credentials : { kind: 'none' });
    contexts.set(isHome, made);
    return made;
  };

  const open = ({ hostname, protocol, port }: buildConnector.Options): Socket => {
    const rules = toAddressRules(protocol, options.allowPrivate);
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    // An address is not looked up, so the lookup would not see it.
    requireHost(host, rules);
    const target = {
      host,
      port: Number(port || (protocol === 'https:' ? 443 : 80)),
      lookup: createCheckedLookup(rules),
      autoSelectFamily: true,
    };
    if (protocol !== 'https:') return connectPlain(target);
    const origin = new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${target.port}`).origin;
    return connectTls({
      ...target,
      secureContext: contextFor(options.isHome(origin)),
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, '') } : {}),
    });
  };

  return {
    connect(request, callback) {
      let socket: Socket;
      try {
        socket = open(request);
      } catch (error) {
        callback(error instanceof Error ? error : new Error('not connected', { cause: error }), null);
        return;
      }
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      const timer = setTimeout(
        () =>
          socket.destroy(
            new PartnerFault('time.exceeded', 'The partner did not take the connection in time.'),
          ),
        options.timeoutMs,
      );
      let isTold = false;
      const tell = (error: Error | null): void => {
        clearTimeout(timer);
        if (isTold) return;
        isTold = true;
        if (error) callback(error, null);
        else callback(null, socket);
      };
      socket.once(request.protocol === 'https:' ? 'secureConnect' : 'connect', () => tell(null));
      socket.on('error', tell);
      socket.once('close', () => {
        sockets.delete(socket);
        tell(new Error('closed before it was connected'));
      });
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

const KEEP_ALIVE_MS = 60_000;

function makeContext(authorities: string | undefined, credentials: Credentials): SecureContext {
  const ca =
    authorities === undefined
      ? {}
      : { ca: [...getCACertificates('default'), ...parseAuthorities(authorities)] };
  if (credentials.kind !== 'certificate') return createSecureContext({ minVersion: 'TLSv1.2', ...ca });
  const { pem } = credentials;
  try {
    // An empty one would be no certificate, and no error.
    if (!pem.includes('BEGIN CERTIFICATE') || !pem.includes('PRIVATE KEY')) throw new Error('no PEM');
    return createSecureContext({ minVersion: 'TLSv1.2', ...ca, cert: pem, key: pem });
  } catch (error) {
    throw new PartnerFault(
      'secret.missing',
      'The client certificate cannot be read: it must be PEM, the certificate with its chain and its private key without a passphrase.',
      { cause: new Error(error instanceof Error && 'code' in error ? String(error.code) : 'unreadable') },
    );
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function parseAuthorities(text: string): readonly string[] {
  const found = text.match(PEM) ?? [];
  try {
    if (found.length === 0) throw new Error('no certificate');
    for (const pem of found) new X509Certificate(pem);
    return found;
  } catch (cause) {
    throw new PartnerFault('tls.failed', 'The file of --ca-file must hold certificates in PEM form.', {
      cause,
    });
  }
}
