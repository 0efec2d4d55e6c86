import { isIP, isIPv4 } from 'node:net';
import { domainToASCII } from 'node:url';

/** A web address, as it is stored and in its parts. */
export interface WebAddress {
  readonly value: string;
  /** Lower case. */
  readonly host: string;
  /** The parts of the path that hold something. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly hasMore: boolean;
}

const MAX_URL_LENGTH = 8192;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const TOP_LABEL = /^(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
const HOST_START = /^https?:\/\/[^/?#]*(.*)$/is;
/** What a URI may hold (RFC 3986); `%` only before two hexadecimal digits. */
const NOT_OF_A_URI = /[^A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]|%(?![0-9A-Fa-f]{2})/gu;
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+$/;
const HASH_NAMES: ReadonlyMap<number, string> = new Map([
  [32, 'MD5'],
  [40, 'SHA-1'],
  [64, 'SHA-256'],
  [128, 'SHA-512'],
]);

/** A host name in lower case, IDN in its ASCII form; undefined for what is none (RFC 1034, RFC 5890). */
export function parseDomain(text: string): string | undefined {
  if (text.length > 1000 || /[\s/@:?#%]/.test(text)) return undefined;
  const name = domainToASCII(text.endsWith('.') ? text.slice(0, -1) : text);
  const labels = name.split('.');
  if (name.length > 253 || labels.length < 2 || !TOP_LABEL.test(labels.at(-1) ?? '')) return undefined;
  return labels.every((label) => LABEL.test(label)) ? name : undefined;
}

/** An `http` or `https` address; undefined for what is none. What a URI may not hold is percent-encoded. */
export function parseWebAddress(text: string): WebAddress | undefined {
  const match = HOST_START.exec(text);
  if (!match || text.length > MAX_URL_LENGTH || /[\s\\]/.test(text)) return undefined;
  const [, rest = ''] = match;
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '') return undefined;
  // An address of numbers is fine; otherwise it has to be a name that can be looked up.
  const name = url.hostname.replaceAll(/[[\]]/g, '');
  if (isIP(name) === 0 && parseDomain(url.hostname) === undefined) return undefined;
  const value = `${url.protocol}//${url.host}${encodeRest(rest)}`;
  return {
    value,
    host: url.hostname,
    segments: url.pathname.split('/').filter((segment) => segment !== ''),
    query: url.searchParams,
    hasMore: rest !== '' && rest !== '/',
  };
}

/** An address of the form `local@domain`; undefined for what is none. */
export function parseEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = at < 1 ? undefined : parseDomain(text.slice(at + 1));
  if (domain === undefined || local.length > 64) return undefined;
  return local.split('.').every((part) => LOCAL_PART.test(part)) ? `${local}@${domain}` : undefined;
}

/** An IP address or a CIDR block with its type; undefined for what is none. */
export function parseIpAddress(
  text: string,
): { readonly type: 'ipv4-addr' | 'ipv6-addr'; readonly value: string } | undefined {
  const [address = '', bits, ...more] = text.split('/');
  if (isIP(address) === 0 || address.includes('%') || more.length > 0) return undefined;
  const isFour = isIPv4(address);
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > (isFour ? 32 : 128))) return undefined;
  return { type: isFour ? 'ipv4-addr' : 'ipv6-addr', value: text.toLowerCase() };
}

/** The hash of a file, its algorithm told by its length; undefined for what is no hash. */
export function parseHash(text: string): { readonly algorithm: string; readonly hash: string } | undefined {
  const algorithm = HASH_NAMES.get(text.length);
  if (algorithm === undefined || !/^[0-9A-Fa-f]+$/.test(text)) return undefined;
  return { algorithm, hash: text.toLowerCase() };
}

/** The path, the query and the fragment as a URI may have them. */
function encodeRest(text: string): string {
  const [before = '', ...fragment] = text.split('#');
  const hash = fragment.length > 0 ? `#${fragment.join('%23')}` : '';
  return (before + hash).replaceAll(NOT_OF_A_URI, (found) =>
    found === '%' ? '%25' : encodeURIComponent(found),
  );
}
