import { hash } from 'node:crypto';
import type { Ids } from '../domain/ids.ts';

/** A new API token: its text is shown once, its hash is kept. */
export interface NewToken {
  readonly id: string;
  readonly token: string;
  /** SHA-256 of the text, lower-case hexadecimal. */
  readonly hash: string;
}

const TOKEN = /^pwt_[A-Za-z0-9_-]{43}$/;

/** Makes a token of 32 random bytes: `pwt_` and their base64url. */
export function createToken(ids: Ids): NewToken {
  const token = `pwt_${Buffer.from(ids.secret(32)).toString('base64url')}`;
  return { id: ids.uuid(), token, hash: hashToken(token) };
}

/** A token has 256 random bits, so one plain hash hides it: there is nothing to guess. */
export function hashToken(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Whether a text has the form of our tokens; it need not be one. */
export function isTokenShaped(text: string): boolean {
  return TOKEN.test(text);
}
