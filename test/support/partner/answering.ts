import { TAXII_TYPE, toError, type Answer } from './sending.ts';
import type { Behaviour } from './behaviour.ts';
import type { Pager } from './pages.ts';
import { DEFAULT_MAX_CONTENT, type Reception } from './receiving.ts';
import type { PartnerResource, SeenRequest } from './request-log.ts';
import { writeAdded, type CollectionInfo, type PartnerStock } from './stock.ts';

/** What a partner answers from. */
export interface AnsweringParts {
  readonly origin: string;
  readonly stocks: readonly PartnerStock[];
  readonly pager: Pager;
  readonly reception: Reception;
}

interface Target {
  readonly resource: PartnerResource;
  /** The collection or the status that the path names. */
  readonly name: string;
}

const STRICT_TIMESTAMP = /\.\d+Z$/;

export function findTarget(method: string, path: string): Target {
  if (path === '/taxii2/') return { resource: 'discovery', name: '' };
  if (path === '/api/') return { resource: 'api-root', name: '' };
  if (path === '/api/collections/') return { resource: 'collections', name: '' };
  const [, status] = /^\/api\/status\/([^/]+)\/$/.exec(path) ?? [];
  if (status !== undefined) return { resource: 'status', name: status };
  const [, name = '', kind = ''] =
    /^\/api\/collections\/([^/]+)\/(?:(objects|manifest)\/)?$/.exec(path) ?? [];
  if (name === '') return { resource: 'elsewhere', name: '' };
  if (kind === '') return { resource: 'collection', name };
  if (kind === 'manifest') return { resource: 'manifest', name };
  return { resource: method === 'POST' ? 'add-objects' : 'objects', name };
}

/** The right answer, as far as the behaviour lets it be right. */
export function answer(
  { origin, stocks, pager, reception }: AnsweringParts,
  { resource, name }: Target,
  seen: SeenRequest,
  behaviour: Behaviour,
  body: Buffer | undefined,
): Answer {
  if (behaviour.accept === 'exact' && seen.headers.accept !== TAXII_TYPE)
    return toError(406, 'Not acceptable');
  if (resource === 'discovery') {
    const root = behaviour.apiRoots === 'relative' ? '/api/' : `${origin}/api/`;
    return toAnswer({ title: 'A partner', default: root, api_roots: [root] });
  }
  if (resource === 'api-root') {
    const { maxContentLength = DEFAULT_MAX_CONTENT, hidesMaxContentLength = false } = behaviour;
    return toAnswer({
      title: 'A partner',
      versions: [TAXII_TYPE],
      ...(hidesMaxContentLength ? {} : { max_content_length: maxContentLength }),
    });
  }
  if (resource === 'status') return reception.readStatus(name);
  if (resource === 'collections') {
    return toAnswer(stocks.length === 0 ? {} : { collections: stocks.map(describe) });
  }
  const stock = stocks.find(({ id, alias }) => id === name || alias === name);
  if (!stock) return toError(404, 'No such collection');
  if (resource === 'collection') return toAnswer(describe(stock));
  if (resource === 'add-objects') {
    return stock.canWrite ? reception.receive(stock, body, seen, behaviour) : toError(403, 'Not allowed');
  }
  if (!stock.canRead) return toError(403, 'Not allowed');
  if (resource === 'manifest' && behaviour.hasNoManifest) return toError(404, 'No manifest');
  return toPage(stock, pager, resource, seen, behaviour);
}

function toPage(
  stock: PartnerStock,
  pager: Pager,
  resource: PartnerResource,
  seen: SeenRequest,
  behaviour: Behaviour,
): Answer {
  const { query } = seen;
  if (behaviour.refusesVersions && query.has('match[version]')) return toError(400, 'No versions here');
  const addedAfter = query.get('added_after');
  if (behaviour.refusesFractions && addedAfter !== null && STRICT_TIMESTAMP.test(addedAfter)) {
    return toError(400, 'No fractions here');
  }
  const page = pager.read(stock, query, behaviour);
  if ('refused' in page) return toError(400, page.refused);
  const { held, more, next, headers } = page;
  const isObjects = resource === 'objects';
  if (next !== undefined) seen.next = String(next);
  if (isObjects) seen.objects = held.length;
  const listed = isObjects
    ? held.map(({ text }) => text)
    : held.map((each) =>
        JSON.stringify({
          id: each.id,
          date_added: writeAdded(each, behaviour),
          version: each.version,
          media_type: 'application/stix+json;version=2.1',
        }),
      );
  const members = [
    ...(listed.length > 0 || behaviour.empty === 'empty-list' ? [`"objects":[${listed.join(',')}]`] : []),
    ...(more === undefined && behaviour.empty === 'more-false' ? ['"more":false'] : []),
    ...(more === undefined ? [] : [`"more":${String(more)}`]),
    ...(next === undefined ? [] : [`"next":${JSON.stringify(next)}`]),
  ];
  return { status: 200, headers: { 'Content-Type': TAXII_TYPE, ...headers }, body: `{${members.join(',')}}` };
}

function describe({ id, title, alias, canRead, canWrite }: CollectionInfo): object {
  return { id, title, ...(alias === undefined ? {} : { alias }), can_read: canRead, can_write: canWrite };
}

function toAnswer(resource: object): Answer {
  return { status: 200, headers: { 'Content-Type': TAXII_TYPE }, body: JSON.stringify(resource) };
}
