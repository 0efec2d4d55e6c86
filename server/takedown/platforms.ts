import { PLATFORMS, type Platform } from './platform-table.ts';

/** What is no login on any platform. */
const REST: readonly string[] = [
  'about',
  'explore',
  'hashtag',
  'help',
  'home',
  'intent',
  'login',
  'search',
  'share',
];

/** Services that many use: none of these may be taken for one operation's own site. */
const SHARED_HOSTS: ReadonlySet<string> = new Set([
  ...PLATFORMS.flatMap(({ hosts }) => hosts),
  'avaaz.org',
  'bit.ly',
  'change.org',
  'chng.it',
  'cutt.ly',
  'docs.google.com',
  'drive.google.com',
  'google.com',
  'tinyurl.com',
]);

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['meta', 'facebook'],
  ['fb', 'facebook'],
  ['ig', 'instagram'],
  ['insta', 'instagram'],
  ['x', 'twitter'],
  ['yt', 'youtube'],
]);

const BY_NAME: ReadonlyMap<string, Platform> = new Map(
  PLATFORMS.map((platform) => [platform.name, platform]),
);
const BY_HOST: ReadonlyMap<string, Platform> = new Map(
  PLATFORMS.flatMap((platform) => platform.hosts.map((host) => [host, platform] as const)),
);
/** Parts of a host that say how, not who. */
const PLAIN_SUBDOMAIN = /^(?:www|m|mobile|old|new|web|[a-z]{2})$/;
const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Logins are not looked for here. */
const NAMED_IN_WORDS: readonly Platform[] = PLATFORMS.filter(({ name }) => name !== 'ok');

/** A platform's name as it is stored: lower case, one name each. Undefined for what cannot be one. */
export function toPlatformName(text: string): string | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  return NAME.test(name) ? (ALIASES.get(name) ?? name) : undefined;
}

/** Whether the name is one of a platform whose accounts are known. */
export function isKnown(name: string): boolean {
  return BY_NAME.has(name);
}

/** What people call a platform. */
export function titleOf(name: string): string {
  return BY_NAME.get(name)?.title ?? name;
}

/** Names under which the one that decides over a platform's accounts may be known, itself first. */
export function ownersOf(name: string): readonly string[] {
  const company = BY_NAME.get(name)?.company;
  const names = company === undefined ? [name] : [name, company];
  return names.includes('facebook')
    ? [...names, 'meta']
    : names.includes('twitter')
      ? [...names, 'x']
      : names;
}

/** The one name by which two platforms of one company agree. */
export function companyOf(name: string): string {
  return BY_NAME.get(name)?.company ?? name;
}

/** The one platform that a text names in words; undefined when it names none, or several. */
export function findNamedPlatform(text: string): string | undefined {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  const found = new Set(NAMED_IN_WORDS.filter(({ name }) => words.includes(name)).map(({ name }) => name));
  // In lower case it may be any unknown.
  if (/(?:^|[^\p{L}\p{N}])X(?=$|[^\p{L}\p{N}])/u.test(text)) found.add('twitter');
  return found.size === 1 ? [...found][0] : undefined;
}

/** The platform that a host belongs to, with what stands before it when that may be a login. */
export function findHost(host: string): { readonly platform: Platform; readonly login?: string } | undefined {
  const labels = host.split('.');
  for (const from of [0, 1]) {
    const platform = BY_HOST.get(labels.slice(from).join('.'));
    if (!platform) continue;
    const [sub] = labels;
    if (from === 0 || sub === undefined || PLAIN_SUBDOMAIN.test(sub)) return { platform };
    return platform.hasSubdomains === true ? { platform, login: sub } : undefined;
  }
  return undefined;
}

/** Whether a host serves far more people than one operation. */
export function isShared(host: string): boolean {
  return SHARED_HOSTS.has(host) || SHARED_HOSTS.has(host.replace(/^(?:www|m|mobile)\./, ''));
}

/** Whether a first part of a path is never a login of the platform. */
export function isReserved({ reserved = [] }: Platform, segment: string): boolean {
  return reserved.includes(segment.toLowerCase()) || REST.includes(segment.toLowerCase());
}
