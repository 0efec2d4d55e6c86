import { isUtf8 } from 'node:buffer';
import type { Request } from 'express';
import passport from 'passport';
import type { SignedIn } from '../domain/access.ts';
import { AppError } from '../domain/errors.ts';
import type { UserName } from '../domain/ids.ts';
import { findClientCertificate } from './client-certificate.ts';
import type { CredentialMemory } from './credential-memory.ts';
import type { Verified, Verifier } from './verify.ts';

export interface StrategyOptions {
  readonly memory: CredentialMemory;
  readonly verifier: Verifier;
}

export interface BasicCredentials {
  readonly user: UserName;
  readonly password: string;
}

const MAX_HEADER_BYTES = 8192;
const MAX_USER_NAME_LENGTH = 256;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * What follows the scheme (in lower case) in an Authorization header of at most 8 KiB (RFC 9110, 11.4).
 * @returns undefined when the header is of another scheme, too long or empty after it.
 */
export function parseCredentials(header: string, scheme: string): string | undefined {
  if (header.length > MAX_HEADER_BYTES) return undefined;
  if (header.charAt(scheme.length) !== ' ') return undefined;
  if (header.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
  return header.slice(scheme.length).trim() || undefined;
}

/**
 * Reads base64 of `user:password` in UTF-8; the password may hold colons, the user name may not (RFC 7617, 2).
 * @returns undefined when it is malformed or the user name is empty or longer than 256 characters.
 */
export function parseBasicCredentials(encoded: string): BasicCredentials | undefined {
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || colon > MAX_USER_NAME_LENGTH) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** passport calls a strategy as the prototype of an object of each request, so the class has no `#private` fields. */
abstract class RememberingStrategy extends passport.Strategy {
  override readonly name: string;
  readonly memory: CredentialMemory;
  readonly verifier: Verifier;

  constructor(name: string, { memory, verifier }: StrategyOptions) {
    super();
    this.name = name;
    this.memory = memory;
    this.verifier = verifier;
  }

  /** Tells passport who it is, that it is nobody, or what went wrong. */
  conclude(found: Promise<SignedIn | undefined>): void {
    found.then(
      (signedIn) => {
        if (signedIn) this.success(signedIn);
        else this.fail();
      },
      (error: unknown) => {
        this.error(error);
      },
    );
  }
}

abstract class HeaderStrategy extends RememberingStrategy {
  /** Verifies what follows the scheme; undefined when it is malformed or wrong. */
  abstract verify(credentials: string, req: Request): Promise<Verified | undefined>;

  override authenticate(req: Request): void {
    const header = req.headers.authorization ?? '';
    const credentials = parseCredentials(header, this.name);
    if (credentials === undefined) {
      this.fail();
      return;
    }
    // A header that is remembered is not read again.
    this.conclude(this.memory.signIn(header, () => this.verify(credentials, req)));
  }
}

/** `Authorization: Basic`, with a password or a token as the password. */
export class BasicStrategy extends HeaderStrategy {
  constructor(options: StrategyOptions) {
    super('basic', options);
  }

  override async verify(encoded: string, req: Request): Promise<Verified | undefined> {
    const credentials = parseBasicCredentials(encoded);
    if (!credentials) return undefined;
    const { user, password } = credentials;
    return this.verifier.verifyPasswordLogin(user, password, addressOf(req));
  }
}

/** `Authorization: Bearer` (RFC 6750) and `Authorization: Token`, which some TAXII clients send. */
export class TokenStrategy extends HeaderStrategy {
  override verify(token: string, req: Request): Promise<Verified | undefined> {
    return this.verifier.verifyToken(token, addressOf(req));
  }
}

/** The certificate of the connection, once an authority has vouched for it. */
export class CertificateStrategy extends RememberingStrategy {
  constructor(options: StrategyOptions) {
    super('certificate', options);
  }

  override authenticate(req: Request): void {
    const certificate = findClientCertificate(req.socket);
    if (certificate?.fault !== undefined || certificate?.subject === undefined) {
      this.fail();
      return;
    }
    const { fingerprint, subject, expiresAt } = certificate;
    // No header can be taken for this: none has a line end.
    const key = `certificate\n${fingerprint}\n${subject}`;
    const signIn = this.memory.signIn(key, () => this.verifier.verifyCertificate(subject, expiresAt));
    this.conclude(signIn.then((signedIn) => signedIn ?? Promise.reject(toUnknownSubject(subject))));
  }
}

/** Shows the client its own subject, so that it can be given to the operator letter for letter. */
function toUnknownSubject(subject: string): AppError {
  const detail = `No user signs in with a certificate of the subject ${subject}`;
  return new AppError('auth.invalid', { detail });
}

function addressOf(req: Request): string {
  return req.ip ?? req.socket.remoteAddress ?? 'unknown';
}
