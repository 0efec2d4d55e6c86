import type { Platform } from './platform-table.ts';
import { findHost, isReserved } from './platforms.ts';
import type { WebAddress } from './values.ts';

/** What an account is on its platform, as the extension `user-account-platform` has it. */
export type AccountKind = 'account' | 'page' | 'group';

export interface Account {
  readonly platform: string;
  readonly kind: AccountKind;
  /** What people see of it. */
  readonly login?: string;
  /** What the platform numbers it by. */
  readonly userId?: string;
  readonly url?: string;
}

const GROUP_PATHS: readonly string[] = ['groups/', 'group/', 'r/'];
/** Parts of a path behind a login that are still about the account as a whole. */
const TAILS: ReadonlySet<string> = new Set([
  'about',
  'answers',
  'featured',
  'photos',
  'posts',
  'profile',
  'videos',
]);
const LOGIN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}._@-]{0,199}$/u;
const HANDLE = /^@?[\p{L}\p{N}_][\p{L}\p{N}\p{M}._-]{0,99}$/u;
/** What people write where they have no login. */
const NOBODY: ReadonlySet<string> = new Set([
  'multiple',
  'none',
  'other',
  'redacted',
  'several',
  'tbd',
  'unknown',
  'various',
]);
/** Shorter numbers are numbers. */
const USER_ID = /^\d{5,30}$/;
const YOUTUBE_ID = /^UC[A-Za-z0-9_-]{22}$/;

/** The account whose page an address is; undefined for any other address, such as that of one post. */
export function findAccount(address: WebAddress): Account | undefined {
  const found = findHost(address.host);
  if (!found) return undefined;
  const { platform, login } = found;
  const url = address.value;
  if (login !== undefined) {
    return address.segments.length === 0
      ? { platform: platform.name, kind: 'account', login, url }
      : undefined;
  }
  if (platform.name === 'facebook' && address.segments[0] === 'profile.php') {
    const userId = address.query.get('id') ?? '';
    return USER_ID.test(userId) ? { platform: platform.name, kind: 'account', userId, url } : undefined;
  }
  const own = findLogin(platform, address.segments);
  return own && { platform: platform.name, url, ...own };
}

/** A login or a number of an account that stands alone, with or without an `@` before it. */
export function parseHandle(text: string): Pick<Account, 'login' | 'userId'> | undefined {
  if (/^\d+$/.test(text)) return USER_ID.test(text) ? { userId: text } : undefined;
  return HANDLE.test(text) && !NOBODY.has(text.toLowerCase()) ? { login: text.replace(/^@/, '') } : undefined;
}

function findLogin(
  platform: Platform,
  segments: readonly string[],
): Pick<Account, 'kind' | 'login' | 'userId'> | undefined {
  const last = segments.at(-1) ?? '';
  const parts = segments.length > 1 && TAILS.has(last.toLowerCase()) ? segments.slice(0, -1) : segments;
  const path = parts.map(decode).join('/');
  // The longest first: an empty one stands for every path.
  const before = [...platform.paths]
    .sort((a, b) => b.length - a.length)
    .find((each) => path.startsWith(each));
  if (before === undefined) return undefined;
  const login = path.slice(before.length).replace(/^@/, '');
  if (!LOGIN.test(login) || (before === '' && isReserved(platform, login))) return undefined;
  if (GROUP_PATHS.includes(before)) return { kind: 'group', login: `${before}${login}` };
  if (platform.name === 'youtube' && before === 'channel/') {
    return YOUTUBE_ID.test(login) ? { kind: 'account', userId: login } : undefined;
  }
  return { kind: 'account', login };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
