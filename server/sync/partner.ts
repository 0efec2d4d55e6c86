import type { Feed, KnownPartner } from '../domain/feed.ts';
import type { PartnerCollection, TaxiiClient } from './client/taxii-client.ts';
import { PartnerFault } from './partner-fault.ts';
import { toPrintable } from './rejects.ts';

type PartnerReader = Pick<TaxiiClient, 'readService' | 'listCollections'>;

/** So many API roots of a partner are looked at. */
const MAX_ROOTS = 20;
/** So many collections are told when none is meant. */
const MAX_TOLD = 20;

/** A collection of a partner, and the API root that it is in. */
interface Offer {
  readonly apiRoot: string;
  readonly collection: PartnerCollection;
}

/**
 * Finds the collection that a feed names: in the API root that its URL is, or in those that discovery tells
 * (TAXII 2.1, 4.1, 5.1), on the origin of the URL alone, as the secret is meant for that one.
 * @param known what an earlier run found; it is taken as it is, unless it is on another origin, as in a backup of somebody
 *   else's making
 * @throws PartnerFault `collection.unusable` when there is none, several, or one without the right that is needed
 */
export async function resolvePartner(
  client: PartnerReader,
  feed: Pick<Feed, 'url' | 'collection'>,
  known: KnownPartner | undefined,
  need: 'read' | 'write',
): Promise<KnownPartner> {
  if (known !== undefined && URL.parse(known.apiRoot)?.origin === new URL(feed.url).origin) return known;
  const roots = await listRoots(client, feed.url);
  const offers = await listOffers(client, [...roots.keys()]);
  const { apiRoot, collection } = choose(offers, feed.collection);
  requireRight(collection, need);
  const maxContentLength = await readMaxLength(client, apiRoot, roots);
  return {
    apiRoot,
    collection: collection.id,
    ...(maxContentLength === undefined ? {} : { maxContentLength }),
  };
}

/** The API roots, with what is known of them already. */
async function listRoots(
  client: PartnerReader,
  given: string,
): Promise<ReadonlyMap<string, { readonly maxContentLength: number | undefined } | undefined>> {
  const url = toFolder(given);
  const service = await client.readService(url);
  if (service.kind === 'api-root') return new Map([[url, service]]);
  const { origin } = new URL(url);
  const own = service.apiRoots.filter((root) => new URL(root).origin === origin);
  if (own.length > 0) return new Map(own.slice(0, MAX_ROOTS).map((root) => [toFolder(root), undefined]));
  const detail =
    service.apiRoots.length === 0
      ? `${url} names no API root. Ask the partner for its address, and add the feed with that.`
      : `${url} names API roots on other hosts alone, and what proves who we are is not sent there. Add the feed with ` +
        `the address of the API root: ${toPrintable(service.apiRoots.join(', '))}`;
  throw new PartnerFault('not-found', detail);
}

/** With a slash at the end, without a query. */
function toFolder(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname}${url.pathname.endsWith('/') ? '' : '/'}`;
}

/** What all roots offer; one that may not be looked at is passed over as long as another one may. */
async function listOffers(client: PartnerReader, roots: readonly string[]): Promise<readonly Offer[]> {
  const offers: Offer[] = [];
  let fault: PartnerFault | undefined;
  for (const apiRoot of roots) {
    try {
      const collections = await client.listCollections(apiRoot);
      offers.push(...collections.map((collection) => ({ apiRoot, collection })));
    } catch (error) {
      if (!(error instanceof PartnerFault) || !CLOSED.includes(error.code)) throw error;
      fault ??= error;
    }
  }
  if (offers.length === 0 && fault) throw fault;
  return offers;
}

const CLOSED: readonly PartnerFault['code'][] = ['access.denied', 'credentials.refused', 'not-found'];

/** By its id, else its alias, else its title. */
function choose(offers: readonly Offer[], name: string): Offer {
  const tests: readonly ((collection: PartnerCollection) => boolean)[] = [
    ({ id }) => id.toLowerCase() === name.toLowerCase(),
    ({ alias }) => alias === name,
    ({ title }) => title === name,
  ];
  for (const isMeant of tests) {
    const [found, other] = offers.filter(({ collection }) => isMeant(collection));
    if (found && !other) return found;
    if (found) {
      const detail = `Several collections of the partner are called "${name}". Add the feed with the id of one: ${tell(offers)}`;
      throw new PartnerFault('collection.unusable', detail);
    }
  }
  const detail =
    offers.length === 0
      ? 'The partner shows no collection to these credentials. Ask it for access.'
      : `The partner shows no collection "${name}". There are: ${tell(offers)}`;
  throw new PartnerFault('collection.unusable', detail);
}

function tell(offers: readonly Offer[]): string {
  const told = offers
    .slice(0, MAX_TOLD)
    .map(({ collection }) => `"${toPrintable(collection.title, 100)}" (${toPrintable(collection.id, 100)})`);
  return `${told.join(', ')}${offers.length > MAX_TOLD ? ` and ${offers.length - MAX_TOLD} more` : ''}`;
}

function requireRight({ title, canRead, canWrite }: PartnerCollection, need: 'read' | 'write'): void {
  if ((need === 'read' ? canRead : canWrite) !== false) return;
  const what = need === 'read' ? 'read from' : 'written to';
  const detail = `The partner's collection "${toPrintable(title, 100)}" may not be ${what} with these credentials. Ask the partner for access.`;
  throw new PartnerFault('collection.unusable', detail);
}

async function readMaxLength(
  client: PartnerReader,
  apiRoot: string,
  roots: ReadonlyMap<string, { readonly maxContentLength: number | undefined } | undefined>,
): Promise<number | undefined> {
  const known = roots.get(apiRoot);
  if (known) return known.maxContentLength;
  const service = await client.readService(apiRoot);
  return service.kind === 'api-root' ? service.maxContentLength : undefined;
}
