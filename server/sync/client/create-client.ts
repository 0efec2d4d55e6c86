import { PartnerFault } from '../partner-fault.ts';
import { createConversation, type Question } from './conversation.ts';
import { createDialect } from './dialect.ts';
import { readJsonAnswer } from './json-answer.ts';
import { readManifestPage, readPage } from './pages.ts';
import { parsePartnerUrl, toPageUrl, toResourceUrl } from './partner-urls.ts';
import { createRedaction } from './redaction.ts';
import { readCollectionsResource, readServiceResource, readStatusResource } from './resources.ts';
import type {
  ClientOptions,
  CollectionAddress,
  Credentials,
  PageQuery,
  TaxiiClient,
} from './taxii-client.ts';
import { createTransport } from './transport.ts';
import type { Answer } from './answer.ts';

/**
 * Makes a TAXII 2.1 client for one partner. It keeps its connections until `close`. What proves who we are goes to
 * the origin of the first URL that it is asked for, and to no other.
 *
 *     const client = createTaxiiClient({
 *       credentials: { kind: 'header', name: 'authorization', value: 'Bearer …' },
 *       allowPrivate: false,
 *       limits,
 *       userAgent: 'my-poller/1.0',
 *       signal: new AbortController().signal,
 *       wait: (ms, signal) => setTimeout(ms, undefined, { signal }), // of node:timers/promises
 *       random: Math.random,
 *       mayAsk: () => {},
 *     });
 *     const apiRoot = 'https://taxii.example/api1/';
 *     const [collection] = await client.listCollections(apiRoot);
 *     if (collection) {
 *       const address = { apiRoot, collection: collection.id };
 *       const page = await client.readObjects(address, { limit: 100, allVersions: false });
 *       console.log(page.objects.length, page.more, page.next);
 *     }
 *     await client.close();
 *
 * What a partner does that another would not, it finds out and remembers: the spelling of the media type, whole
 * seconds in `added_after`, no `match[version]=all`. Nothing is asked for before a method is called.
 */
export function createTaxiiClient(options: ClientOptions): TaxiiClient {
  const { allowPrivate, credentials, limits } = options;
  const redaction = createRedaction(credentials);
  const dialect = createDialect();
  let home: string | undefined;
  const isHome = (origin: string): boolean => origin === home;
  const transport = createTransport(options, redaction, isHome);
  const conversation = createConversation(options, transport, redaction, isHome);

  const ask = async <T>(question: Question, read: (answer: Answer) => T): Promise<T> => {
    requireSendable(credentials);
    home ??= question.url.origin;
    return conversation.ask(question, read);
  };

  const askPage = async <T>(
    address: CollectionAddress,
    resource: 'objects' | 'manifest',
    query: PageQuery,
    read: (answer: Answer) => T,
  ): Promise<T> => {
    let refused: unknown;
    for (const form of dialect.listForms(query)) {
      try {
        const url = toPageUrl(address, resource, query, form, allowPrivate);
        const page = await ask({ url }, read);
        dialect.learn(query, form);
        return page;
      } catch (error) {
        if (!(error instanceof PartnerFault) || error.status !== 400) throw error;
        refused ??= error;
      }
    }
    throw refused;
  };

  return {
    async readService(url) {
      return ask({ url: parsePartnerUrl(url, allowPrivate) }, (answer) =>
        readServiceResource(readJsonAnswer(answer, limits).object, answer.url, redaction),
      );
    },
    async listCollections(apiRoot) {
      return ask({ url: toResourceUrl(apiRoot, ['collections'], allowPrivate) }, (answer) =>
        readCollectionsResource(readJsonAnswer(answer, limits).object, redaction),
      );
    },
    readObjects: (address, query) =>
      askPage(address, 'objects', query, (answer) => readPage(answer, limits, redaction)),
    readManifest: (address, query) =>
      askPage(address, 'manifest', query, (answer) => readManifestPage(answer, limits)),
    async addObjects({ apiRoot, collection }, body) {
      const url = toResourceUrl(apiRoot, ['collections', collection, 'objects'], allowPrivate);
      return ask({ url, body }, (answer) =>
        readStatusResource(readJsonAnswer(answer, limits).object, redaction),
      );
    },
    async readStatus(apiRoot, id) {
      return ask({ url: toResourceUrl(apiRoot, ['status', id], allowPrivate) }, (answer) =>
        readStatusResource(readJsonAnswer(answer, limits).object, redaction),
      );
    },
    bill: () => transport.bill(),
    close: () => transport.close(),
  };
}

/** @throws PartnerFault `secret.missing` */
function requireSendable(credentials: Credentials): void {
  if (credentials.kind !== 'header') return;
  const { name, value } = credentials;
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name) || OWN_HEADERS.has(name.toLowerCase())) {
    throw new PartnerFault('secret.missing', 'The header of --auth is not one that can carry a secret.');
  }
  if (value.trim() === '' || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new PartnerFault(
      'secret.missing',
      'The secret is empty, or has characters that a header cannot carry, such as a line break.',
    );
  }
}

/** What the connection and the protocol say themselves. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'transfer-encoding',
  'upgrade',
  'user-agent',
]);
