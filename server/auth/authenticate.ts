import type { Request, RequestHandler } from 'express';
import passport, { type Authenticator } from 'passport';
import { ANONYMOUS, type Principal, type SignedIn } from '../domain/access.ts';
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../domain/ids.ts';
import { EXPIRED, findClientCertificate, type ClientCertificate } from './client-certificate.ts';
import { BasicStrategy, CertificateStrategy, TokenStrategy, type StrategyOptions } from './strategies.ts';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- passport names the type of `req.user` like this.
  namespace Express {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type -- an interface is all that can be merged.
    interface User extends SignedIn {}
  }
}

/** The values of WWW-Authenticate for every 401 (RFC 9110, 11.6.1). */
export const CHALLENGES = [
  'Basic realm="taxii", charset="UTF-8"',
  'Bearer realm="taxii"',
  'Token realm="taxii"',
] as const;

export interface Authentication {
  /**
   * Finds out who asks. An Authorization header decides; without one the certificate of the connection does, and
   * without either the request stays anonymous. A certificate that is not right is refused whatever else is sent.
   * @throws AppError `auth.invalid` for wrong credentials, `auth.throttled`, `server.busy`, `storage.*`.
   */
  readonly authenticate: RequestHandler;
  /** @throws AppError `auth.required` for an anonymous request. */
  readonly requireSignedIn: RequestHandler;
}

export interface AuthenticationOptions extends StrategyOptions {
  readonly clock: Clock;
}

/** Makes the Express steps that say who asks: by Basic, Bearer or Token, or by client certificate. */
export function createAuthentication(options: AuthenticationOptions): Authentication {
  const authenticator = new passport.Passport();
  authenticator.use(new BasicStrategy(options));
  authenticator.use(new TokenStrategy('bearer', options));
  authenticator.use(new TokenStrategy('token', options));
  authenticator.use(new CertificateStrategy(options));
  // Its own types say `any` for the step.
  const typed: Pick<Authenticator<RequestHandler, RequestHandler>, 'authenticate'> = authenticator;
  const how = { session: false, failWithError: true, authInfo: false };
  const checkHeader = typed.authenticate(['basic', 'bearer', 'token'], how);
  const checkCertificate = typed.authenticate('certificate', how);

  return {
    authenticate(req, res, next) {
      const certificate = findClientCertificate(req.socket);
      const fault = certificate && findFault(certificate, options.clock);
      if (fault !== undefined) {
        next(new AppError('auth.invalid', { detail: `The client certificate is refused: ${fault}.` }));
        return;
      }
      const hasHeader = req.headers.authorization !== undefined;
      if (!hasHeader && !certificate) {
        next();
        return;
      }
      const check = hasHeader ? checkHeader : checkCertificate;
      void check(req, res, (error?: unknown) => {
        if (error === undefined) {
          next();
          return;
        }
        // passport has set a status for an answer that is not its to give.
        res.statusCode = 200;
        res.removeHeader('WWW-Authenticate');
        next(isPassportFailure(error) ? new AppError('auth.invalid') : error);
      });
    },
    requireSignedIn(req, _res, next) {
      if (!req.user) throw new AppError('auth.required');
      next();
    },
  };
}

/** Who asks, as the `authenticate` step found out. */
export function principalOf(req: Request): Principal {
  return req.user ?? ANONYMOUS;
}

/** A connection may live longer than its certificate. */
function findFault({ fault, expiresAt }: ClientCertificate, clock: Clock): string | undefined {
  return fault ?? (clock.now() < expiresAt ? undefined : EXPIRED);
}

function isPassportFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'AuthenticationError';
}
