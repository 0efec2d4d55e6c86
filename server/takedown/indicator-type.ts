import type { AccountKind } from './accounts.ts';
import { findNamedPlatform, toPlatformName } from './platforms.ts';
import type { ValueHints } from './read-value.ts';

/** What a column of types says about a value. */
export interface IndicatorType {
  readonly wanted?: NonNullable<ValueHints['wanted']>;
  readonly accountKind: AccountKind;
  readonly platform?: string;
}

/** By the last word of the type: `telegram_url`, `facebook_page`. */
const KINDS: ReadonlyMap<string, NonNullable<ValueHints['wanted']>> = new Map([
  ['url', 'url'],
  ['uri', 'url'],
  ['link', 'url'],
  ['domain', 'domain'],
  ['domain name', 'domain'],
  ['fqdn', 'domain'],
  ['host', 'domain'],
  ['hostname', 'domain'],
  ['email', 'email'],
  ['email addr', 'email'],
  ['email address', 'email'],
  ['ip', 'address'],
  ['ip addr', 'address'],
  ['ip address', 'address'],
  ['ipv4', 'address'],
  ['ipv4 addr', 'address'],
  ['ipv6', 'address'],
  ['ipv6 addr', 'address'],
  ['hash', 'file'],
  ['md5', 'file'],
  ['sha1', 'file'],
  ['sha 1', 'file'],
  ['sha256', 'file'],
  ['sha 256', 'file'],
  ['sha512', 'file'],
  ['sha 512', 'file'],
  ['account', 'account'],
  ['user', 'account'],
  ['username', 'account'],
  ['login', 'account'],
  ['handle', 'account'],
  ['profile', 'account'],
  ['channel', 'account'],
  ['page', 'account'],
  ['group', 'account'],
]);

/** Reads a cell of the column of types. Undefined for an empty one: then the value speaks for itself. */
export function parseIndicatorType(text: string): IndicatorType | 'unknown' | undefined {
  const words = text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return text === '' ? undefined : 'unknown';
  const last = words.at(-1) ?? '';
  const wanted = KINDS.get(words.slice(-2).join(' ')) ?? KINDS.get(last);
  if (wanted === undefined) return 'unknown';
  const platform = findNamedPlatform(words.join(' ')) ?? (words[0] === 'x' ? toPlatformName('x') : undefined);
  const accountKind = last === 'page' || last === 'group' ? last : 'account';
  return { wanted, accountKind, ...(platform === undefined ? {} : { platform }) };
}
