import type { SignedIn } from '../domain/access.ts';
import type { Token, User } from '../domain/directory.ts';
import type { Clock, UserName } from '../domain/ids.ts';
import type { Tick } from '../domain/timestamp.ts';
import type { DirectoryStore } from '../storage/port.ts';
import type { PasswordHasher } from './passwords.ts';
import type { LoginAttempt, Throttle } from './throttle.ts';
import { hashToken, isTokenShaped } from './tokens.ts';

/** A credential that was found right. */
export interface Verified {
  readonly signedIn: SignedIn;
  /** When the token or certificate ends; absent for passwords and tokens without an end. */
  readonly expiresAt?: Tick;
}

export interface VerifierOptions {
  readonly directory: Pick<
    DirectoryStore,
    'findUser' | 'findUserByCertificate' | 'findTokenByHash' | 'findOrganisation'
  >;
  readonly hasher: Pick<PasswordHasher, 'verifyPassword' | 'unmatchable'>;
  readonly throttle: Throttle;
  readonly clock: Clock;
}

/**
 * All return undefined for a wrong credential, and throw AppError `auth.throttled`, `server.busy` or `storage.*`.
 * A right token is never throttled, whatever failed before it; a right password is, like a wrong one. Certificates are
 * not throttled at all: there is nothing to guess.
 */
export interface Verifier {
  /** A user name with its password, or with a token of that same user in place of the password. */
  verifyPasswordLogin(user: UserName, password: string, address: string): Promise<Verified | undefined>;
  /** A token alone. */
  verifyToken(token: string, address: string): Promise<Verified | undefined>;
  /** The subject (`toSubject`) of a certificate that an authority vouches for until `expiresAt`. */
  verifyCertificate(subject: string, expiresAt: Tick): Promise<Verified | undefined>;
}

// Under this name tokens are counted that belong to nobody.
const NOBODY: UserName = '';

/** Makes the part that looks credentials up; it remembers nothing but failures. */
export function createVerifier({ directory, hasher, throttle, clock }: VerifierOptions): Verifier {
  async function toSignedIn(user: User | undefined): Promise<SignedIn | undefined> {
    if (!user || user.disabled) return undefined;
    const organisation = await directory.findOrganisation(user.org);
    if (!organisation) return undefined;
    return {
      kind: 'user',
      user: user.name,
      org: user.org,
      audience: organisation.audience,
      role: user.role,
      hub: organisation.hub,
    };
  }

  function isValid(token: Token): boolean {
    return !token.revoked && (token.expiresAt === undefined || clock.now() < token.expiresAt);
  }

  async function checkToken(token: Token | undefined): Promise<Verified | undefined> {
    if (!token || !isValid(token)) return undefined;
    const signedIn = await toSignedIn(await directory.findUser(token.user));
    if (!signedIn) return undefined;
    return token.expiresAt === undefined ? { signedIn } : { signedIn, expiresAt: token.expiresAt };
  }

  async function checkTokenOf(name: UserName, text: string): Promise<Verified | undefined> {
    const token = await directory.findTokenByHash(hashToken(text));
    return token?.user === name ? checkToken(token) : undefined;
  }

  async function checkPassword(
    name: UserName,
    password: string,
    address: string,
  ): Promise<Verified | undefined> {
    const user = await directory.findUser(name);
    // An unknown user costs the same as a known one, so that the time taken tells nothing.
    const isRight = await hasher.verifyPassword(password, user?.passwordHash ?? hasher.unmatchable, address);
    const signedIn = isRight ? await toSignedIn(user) : undefined;
    return signedIn && { signedIn };
  }

  return {
    async verifyPasswordLogin(name, password, address) {
      if (!isTokenShaped(password)) {
        return conclude(throttle.admit(name, address), checkPassword(name, password, address));
      }
      const verified = await checkTokenOf(name, password);
      // A right token is not held up, whatever failed: nobody guesses 256 bits.
      if (!verified) throttle.admit(name, address).failed();
      return verified;
    },
    async verifyToken(text, address) {
      const token = isTokenShaped(text) ? await directory.findTokenByHash(hashToken(text)) : undefined;
      const verified = await checkToken(token);
      if (!verified) throttle.admit(token?.user ?? NOBODY, address).failed();
      return verified;
    },
    async verifyCertificate(subject, expiresAt) {
      const signedIn = await toSignedIn(await directory.findUserByCertificate(subject));
      return signedIn && { signedIn, expiresAt };
    },
  };
}

async function conclude(
  attempt: LoginAttempt,
  check: Promise<Verified | undefined>,
): Promise<Verified | undefined> {
  let verified: Verified | undefined;
  try {
    verified = await check;
  } catch (error) {
    attempt.abandoned();
    throw error;
  }
  if (verified) attempt.succeeded();
  else attempt.failed();
  return verified;
}
