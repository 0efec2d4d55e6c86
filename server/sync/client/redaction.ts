import type { Credentials } from './taxii-client.ts';

/** Makes texts of others fit to be shown: printable, short, and without our secret. */
export interface Redaction {
  /** Takes our secret out of a text. */
  strip(text: string): string;
  /** Whether our secret is in a text that is to be kept as it is; a short one would be found by chance. */
  holds(text: string): boolean;
  /** At most `MAX_QUOTED` printable characters; undefined when nothing is left, or when it is HTML. */
  quote(text: string): string | undefined;
}

const MAX_QUOTED = 200;
/** A long text is cut before it is looked at closely. */
const MAX_READ = 10_000;
const HIDDEN = '[secret]';
const MIN_TELLING_LENGTH = 8;

/** @param credentials what must not show, in any form in which it went out, was given, or is echoed */
export function createRedaction(credentials: Credentials): Redaction {
  // Without regard to case: a host name that is echoed comes back in lower case.
  const forms = listSecrets(credentials);
  const secrets = forms.map((secret) => new RegExp(escapePattern(secret), 'gi'));
  const telling = forms
    .filter(({ length }) => length >= MIN_TELLING_LENGTH)
    .map((secret) => secret.toLowerCase());
  const strip = (text: string): string =>
    secrets.reduce((left, secret) => left.replaceAll(secret, HIDDEN), text);
  return {
    strip,
    holds(text) {
      const lower = text.toLowerCase();
      return telling.some((secret) => lower.includes(secret));
    },
    quote(text) {
      const whole = strip(text).slice(0, MAX_READ);
      if (/<[a-z!/?]/i.test(whole)) return undefined;
      // Once more: characters that are taken out may have stood inside the secret.
      const clean = strip(whole.replaceAll(/[\p{Z}\s]+/gu, ' ').replaceAll(/\p{C}/gu, ''));
      const shown = Array.from(clean).slice(0, MAX_QUOTED).join('').trim();
      return shown === '' ? undefined : shown;
    },
  };
}

function listSecrets(credentials: Credentials): readonly string[] {
  if (credentials.kind !== 'header') return [];
  const { value } = credentials;
  const [scheme = '', ...rest] = value.trim().split(' ');
  const token = rest.join(' ').trim();
  const found = [value, value.trim(), token];
  if (scheme.toLowerCase() === 'basic') {
    const pair = Buffer.from(token, 'base64').toString('utf8');
    found.push(pair, pair.slice(pair.indexOf(':') + 1));
  }
  const forms = found.flatMap((text) => [text, encodeURIComponent(text.toWellFormed()), toBase64(text)]);
  // The longest first: a part of it must not spoil the whole.
  return [...new Set(forms)].filter((text) => text !== '').sort((a, b) => b.length - a.length);
}

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function toBase64(text: string): string {
  return text === '' ? '' : Buffer.from(text, 'utf8').toString('base64');
}
