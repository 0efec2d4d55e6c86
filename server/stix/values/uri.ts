import { isIpv6Literal } from './addresses.ts';

// What a character may be part of (RFC 3986, 2 and 3), as bits.
const SCHEME = 1;
const REG_NAME = 2;
const USER_INFO = 4;
const PATH = 8;
const QUERY = 16;

const PERCENT = 0x25;
const LETTERS_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const CLASSES = new Uint8Array(128);
allow(LETTERS_AND_DIGITS, SCHEME | REG_NAME | USER_INFO | PATH | QUERY);
allow('+-.', SCHEME);
allow("-._~!$&'()*+,;=", REG_NAME | USER_INFO | PATH | QUERY);
allow(':', USER_INFO | PATH | QUERY);
allow('@/', PATH | QUERY);
allow('?', QUERY);

const LETTER = /^[a-z]/i;
/** What nearly every URI looks like; no two parts of it can match the same character. */
const PLAIN = /^https?:\/\/[a-zA-Z0-9.-]+(?:\/[a-zA-Z0-9._~!$&'()*+,;=:@/-]*)?$/;
const PORT = /^(?::[0-9]*)?$/;
const IP_FUTURE = /^v[0-9a-f]+\.[a-z0-9._~!$&'()*+,;=:-]+$/i;

function allow(characters: string, bits: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    CLASSES[code] = (CLASSES[code] ?? 0) | bits;
  }
}

/**
 * Whether a text is a URI with a scheme (RFC 3986, 3; STIX 2.1, 6.15): legal characters, whole percent-escapes, a
 * legal host and port. Characters outside ASCII are for IRIs and have to be escaped. Whether it leads anywhere, or
 * whether its scheme is known, is not asked: `http://` is one.
 */
export function isUri(text: string): boolean {
  if (PLAIN.test(text)) return true;
  const colon = text.indexOf(':');
  if (colon < 1 || !LETTER.test(text) || !isRunOf(text, 0, colon, SCHEME)) return false;
  const fragment = endAt(text.indexOf('#', colon), text.length);
  const query = endAt(text.indexOf('?', colon), fragment);
  // The characters of a fragment are those of a query, so a second # is refused with the rest.
  if (!isRunOf(text, query + 1, fragment, QUERY) || !isRunOf(text, fragment + 1, text.length, QUERY))
    return false;
  if (!text.startsWith('//', colon + 1)) return isRunOf(text, colon + 1, query, PATH);
  const path = endAt(text.indexOf('/', colon + 3), query);
  return isAuthority(text.slice(colon + 3, path)) && isRunOf(text, path, query, PATH);
}

function endAt(found: number, end: number): number {
  return found === -1 || found > end ? end : found;
}

function isAuthority(text: string): boolean {
  const at = text.indexOf('@');
  if (at > 0 && !isRunOf(text, 0, at, USER_INFO)) return false;
  const host = text.slice(at + 1);
  if (host.startsWith('[')) {
    const end = host.indexOf(']');
    return end !== -1 && isIpLiteral(host.slice(1, end)) && PORT.test(host.slice(end + 1));
  }
  const port = endAt(host.indexOf(':'), host.length);
  return isRunOf(host, 0, port, REG_NAME) && PORT.test(host.slice(port));
}

function isIpLiteral(text: string): boolean {
  return isIpv6Literal(text) || IP_FUTURE.test(text);
}

/** Whether all characters from `start` to before `end` are of the class, or percent-escapes where those may be. */
function isRunOf(text: string, start: number, end: number, bits: number): boolean {
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === PERCENT && bits !== SCHEME) {
      if (!isHexDigit(text.charCodeAt(at + 1)) || !isHexDigit(text.charCodeAt(at + 2))) return false;
      at += 2;
    } else if (((CLASSES[code] ?? 0) & bits) === 0) return false;
  }
  return true;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
