import { formatTick, type Tick } from '../../domain/timestamp.ts';
import { PartnerFault } from '../partner-fault.ts';
import { requireHost, toAddressRules } from './address-rules.ts';
import type { CollectionAddress, PageQuery } from './taxii-client.ts';

/**
 * Reads where a partner is: the path gets the slash at its end that TAXII wants (TAXII 2.1, 3.1).
 * @throws PartnerFault `address.refused`
 */
export function parsePartnerUrl(text: string, allowPrivate: boolean): URL {
  const url = URL.parse(text);
  if (!url) throw new PartnerFault('address.refused', 'The URL of the partner is no URL.');
  requireUrl(url, allowPrivate);
  if (url.search !== '') {
    throw new PartnerFault('address.refused', 'The URL of a partner has no query: leave out the "?" part.');
  }
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

/** @throws PartnerFault `address.refused` when a URL is not one that we ask */
function requireUrl(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new PartnerFault('address.refused', 'Partners are asked over https.');
  }
  if (url.protocol === 'http:' && !allowPrivate) {
    throw new PartnerFault(
      'address.refused',
      'Use https. Plain http is for private addresses alone, with --allow-private.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new PartnerFault(
      'address.refused',
      'A URL must not hold a user or password: say --auth basic:USER and --secret-env.',
    );
  }
  requireHost(toHost(url), toAddressRules(url.protocol, allowPrivate));
}

/** The host without the brackets that a URL puts around an IPv6 address. */
function toHost({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/** For people: where a request goes, without its query. */
export function describeUrl(url: URL): string {
  return `${url.origin}${url.pathname}`.slice(0, MAX_SHOWN);
}

const MAX_SHOWN = 200;

/**
 * A URL below an API root; each segment is one piece of its path, whatever it holds.
 * @throws PartnerFault `address.refused`, `collection.unusable`
 */
export function toResourceUrl(apiRoot: string, segments: readonly string[], allowPrivate: boolean): URL {
  const root = parsePartnerUrl(apiRoot, allowPrivate);
  return new URL(segments.map((segment) => `${toSegment(segment)}/`).join(''), root);
}

function toSegment(text: string): string {
  // A URL reads these as "here" and "up".
  if (text === '' || text === '.' || text === '..') {
    throw new PartnerFault('collection.unusable', 'The partner uses an id that cannot stand in a URL.');
  }
  return encodeURIComponent(text.toWellFormed());
}

/** How a partner wants to be asked; what it does not say is found out (see `dialect.ts`). */
export interface QueryForm {
  readonly wholeSeconds: boolean;
  readonly allVersions: boolean;
}

/** @throws PartnerFault as `toResourceUrl` does */
export function toPageUrl(
  { apiRoot, collection }: CollectionAddress,
  resource: 'objects' | 'manifest',
  query: PageQuery,
  form: QueryForm,
  allowPrivate: boolean,
): URL {
  const url = toResourceUrl(apiRoot, ['collections', collection, resource], allowPrivate);
  const { addedAfter, next, limit, types = [], allVersions } = query;
  const parameters: [string, string | undefined][] = [
    ['added_after', addedAfter === undefined ? undefined : formatAfter(addedAfter, form)],
    ['limit', String(limit)],
    ['next', next],
    ['match[type]', types.length === 0 ? undefined : types.join(',')],
    ['match[version]', allVersions && form.allVersions ? 'all' : undefined],
  ];
  url.search = parameters
    .flatMap(([name, value]) => (value === undefined ? [] : [`${encodePart(name)}=${encodePart(value)}`]))
    .join('&');
  return url;
}

/** Some partners read no fraction: a second rounded down asks for a little more, never for less. */
function formatAfter(tick: Tick, { wholeSeconds }: QueryForm): string {
  const text = formatTick(tick);
  return wholeSeconds ? `${text.slice(0, 19)}Z` : text;
}

/** With `%20` for a blank, which everybody reads, and never a half of a surrogate pair, which nobody can. */
function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
