import { findAccount, parseHandle, type AccountKind } from './accounts.ts';
import type { Value } from './findings.ts';
import { findHost, isShared } from './platforms.ts';
import { isDefanged, refang } from './refang.ts';
import { parseDomain, parseEmail, parseHash, parseIpAddress, parseWebAddress } from './values.ts';

/** What the rest of a row says about its value. */
export interface ValueHints {
  /** The kind that the list gives it; nothing else will do then. */
  readonly wanted?: 'url' | 'domain' | 'email' | 'address' | 'file' | 'account';
  /** A word without anything else is a login. */
  readonly isAccount: boolean;
  readonly accountKind: AccountKind;
  /** A bare word with a dot is a site. */
  readonly isSite: boolean;
  /** Undefined when nothing names one. */
  readonly platform: string | undefined;
}

/** A value, why it is none, or undefined for words. */
export type ReadValue =
  { readonly value: Value } | { readonly reason: string } | { readonly needsPlatform: true } | undefined;

const SCHEME = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
const NO_VALUE: Readonly<Record<NonNullable<ValueHints['wanted']>, string>> = {
  url: 'is no web address',
  domain: 'is no domain name',
  email: 'is no email address',
  address: 'is no IP address',
  file: 'is no MD5, SHA-1, SHA-256 or SHA-512 of a file',
  account: 'is no login and no address of an account',
};

/** Reads one word of the indicator column. */
export function readValue(written: string, hints: ValueHints): ReadValue {
  const text = refang(written);
  if (text === '' || /\s/.test(text)) return undefined;
  const found =
    readAddress(text, hints) ??
    readOther(text, hints) ??
    readHandle(text, hints) ??
    readSite(written, text, hints);
  if (found) {
    if (!('value' in found) || isWanted(found.value, hints)) return found;
  }
  if (hints.wanted !== undefined) return { reason: `This ${NO_VALUE[hints.wanted]}.` };
  if (found || !looksLikeValue(written, text)) return undefined;
  return { reason: 'This looks like an address, but is none.' };
}

function looksLikeValue(written: string, text: string): boolean {
  return SCHEME.test(text) || isDefanged(written);
}

function isWanted(value: Value, { wanted }: ValueHints): boolean {
  if (wanted === undefined || value.kind === wanted) return true;
  // Who writes "URL" means the account behind it as well, and the other way round.
  return (wanted === 'url' && value.kind === 'account') || (wanted === 'account' && value.kind === 'url');
}

/** With a scheme, or a path behind a host. */
function readAddress(text: string, hints: ValueHints): ReadValue {
  const hasScheme = SCHEME.test(text);
  const slash = text.indexOf('/');
  if (!hasScheme && (slash < 0 || parseDomain(text.slice(0, slash)) === undefined) && !isAccountHost(text))
    return undefined;
  const address = parseWebAddress(hasScheme ? text : `https://${text}`);
  if (!address) return undefined;
  const account = hints.wanted === 'domain' ? undefined : findAccount(address);
  if (account) {
    const kind = account.kind === 'account' ? hints.accountKind : account.kind;
    return { value: { kind: 'account', account: { ...account, kind } } };
  }
  if (address.hasMore) return { value: { kind: 'url', value: address.value } };
  if (isShared(address.host))
    return { reason: `${address.host} is a service of many, not a site of this operation.` };
  // The whole of a site: what to look out for is its name.
  const isSite = hints.wanted === 'domain' || (hints.wanted === undefined && hints.isSite);
  const domain = isSite ? parseDomain(address.host) : undefined;
  return {
    value: domain === undefined ? { kind: 'url', value: address.value } : { kind: 'domain', value: domain },
  };
}

/** `login.example.org`, where that is how the platform names its accounts. */
function isAccountHost(text: string): boolean {
  const domain = parseDomain(text);
  return domain !== undefined && findHost(domain)?.login !== undefined;
}

function readOther(text: string, { wanted }: ValueHints): ReadValue {
  const email = wanted === 'account' ? undefined : parseEmail(text);
  if (email !== undefined) return { value: { kind: 'email', value: email } };
  const address = parseIpAddress(text);
  if (address) return { value: { kind: 'address', ...address } };
  const hash = parseHash(text);
  return hash && { value: { kind: 'file', ...hash } };
}

function readHandle(text: string, hints: ValueHints): ReadValue {
  const { isAccount, accountKind, platform, wanted } = hints;
  const handle = isAccount ? parseHandle(text) : undefined;
  if (!handle) return undefined;
  // A login may look like a name of a site, which is then what is meant unless something says otherwise.
  const isSaid = text.startsWith('@') || wanted === 'account';
  if (!isSaid && parseDomain(text) !== undefined) return undefined;
  if (platform === undefined) return { needsPlatform: true };
  return { value: { kind: 'account', account: { platform, kind: accountKind, ...handle } } };
}

function readSite(written: string, text: string, hints: ValueHints): ReadValue {
  const domain = parseDomain(text);
  if (domain === undefined || !(hints.isSite || hints.wanted === 'domain' || isDefanged(written)))
    return undefined;
  if (isShared(domain)) return { reason: `${domain} is a service of many, not a site of this operation.` };
  return { value: { kind: 'domain', value: domain } };
}
