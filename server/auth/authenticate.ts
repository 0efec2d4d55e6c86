import type { Request, RequestHandler } from 'express';
import passport, { type Authenticator } from 'passport';
import { ANONYMOUS, type Principal, type SignedIn } from '../domain/access.ts';
import { AppError } from '../domain/errors.ts';
import { BasicStrategy, TokenStrategy, type StrategyOptions } from './strategies.ts';

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
   * Finds out who asks. Without an Authorization header the request stays anonymous.
   * @throws AppError `auth.invalid` for wrong credentials, `auth.throttled`, `server.busy`, `storage.*`.
   */
  readonly authenticate: RequestHandler;
  /** @throws AppError `auth.required` for an anonymous request. */
  readonly requireSignedIn: RequestHandler;
}

/** Makes the Express steps that say who asks: by Basic, Bearer or Token. */
export function createAuthentication(options: StrategyOptions): Authentication {
  const authenticator = new passport.Passport();
  authenticator.use(new BasicStrategy(options));
  authenticator.use(new TokenStrategy('bearer', options));
  authenticator.use(new TokenStrategy('token', options));
  // Its own types say `any` for the step.
  const typed: Pick<Authenticator<RequestHandler, RequestHandler>, 'authenticate'> = authenticator;
  const check = typed.authenticate(['basic', 'bearer', 'token'], {
    session: false,
    failWithError: true,
    authInfo: false,
  });

  return {
    authenticate(req, res, next) {
      if (req.headers.authorization === undefined) {
        next();
        return;
      }
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

function isPassportFailure(error: unknown): boolean {
  return error instanceof Error && error.name === 'AuthenticationError';
}
