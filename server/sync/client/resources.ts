import type { JsonObject } from '../../domain/held.ts';
import { memberOf } from '../../stix/json.ts';
import { PartnerFault } from '../partner-fault.ts';
import { booleanOf, countOf, listOf, objectsOf, textOf } from './members.ts';
import { describeUrl } from './partner-urls.ts';
import type { Redaction } from './redaction.ts';
import type { PartnerCollection, PartnerFailure, PartnerStatus, Service } from './taxii-client.ts';

const MAX_API_ROOTS = 100;
const MAX_COLLECTIONS = 10_000;
const MAX_FAILURES = 10_000;
/** Of what is kept and asked for again, in characters. */
const MAX_ID = 1024;
const MAX_URL = 2048;

/**
 * Reads a discovery (TAXII 2.1, 4.1) or an API root (4.2), whichever it is.
 * @param url where it was found: API roots may be relative to it; one that holds our secret would be kept and is none
 * @throws PartnerFault `answer.unreadable` when it is neither
 */
export function readServiceResource(object: JsonObject, url: URL, redaction: Redaction): Service {
  const isApiRoot =
    memberOf(object, 'versions') !== undefined || memberOf(object, 'max_content_length') !== undefined;
  if (isApiRoot) {
    const maxContentLength = countOf(object, 'max_content_length');
    return { kind: 'api-root', maxContentLength: maxContentLength === 0 ? undefined : maxContentLength };
  }
  const listed = memberOf(object, 'api_roots');
  const first = textOf(object, 'default');
  if (listed === undefined && first === undefined && textOf(object, 'title') === undefined) {
    const detail = `${describeUrl(url)} is neither a discovery nor an API root of TAXII 2.1. Check the URL.`;
    throw new PartnerFault('answer.unreadable', detail);
  }
  const named = typeof listed === 'string' ? [listed] : listOf(object, 'api_roots', MAX_API_ROOTS);
  const roots = [first, ...named].flatMap((root) => (typeof root === 'string' ? toApiRoot(root, url) : []));
  return { kind: 'discovery', apiRoots: [...new Set(roots)].filter((root) => !redaction.holds(root)) };
}

/** Absolute, with a slash at the end; nothing when it is no URL that could be asked. */
function toApiRoot(text: string, base: URL): readonly string[] {
  // "//" would name another host (TAXII 2.1, 4.1.1).
  const url = text.startsWith('//') ? null : URL.parse(text, base.href);
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') return [];
  if (url.search !== '' || url.username !== '' || url.password !== '') return [];
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href.length > MAX_URL ? [] : [url.href];
}

/**
 * Reads the collections of an API root (TAXII 2.1, 5.1); one without an id that can be asked for, and kept, is left
 * out.
 */
export function readCollectionsResource(
  object: JsonObject,
  redaction: Redaction,
): readonly PartnerCollection[] {
  return objectsOf(object, 'collections', MAX_COLLECTIONS).flatMap((collection) => {
    const id = textOf(collection, 'id');
    if (id === undefined || id.length > MAX_ID || redaction.holds(id)) return [];
    return {
      id,
      title: redaction.strip(textOf(collection, 'title') ?? id),
      alias: textOf(collection, 'alias'),
      canRead: booleanOf(collection, 'can_read'),
      canWrite: booleanOf(collection, 'can_write'),
    };
  });
}

/** Reads a status (TAXII 2.1, 4.3). Counts are taken as they are said, also when they do not add up. */
export function readStatusResource(object: JsonObject, redaction: Redaction): PartnerStatus {
  const pendingCount = countOf(object, 'pending_count') ?? 0;
  const status = textOf(object, 'status')?.toLowerCase();
  const failures = objectsOf(object, 'failures', MAX_FAILURES).flatMap((failure) =>
    toFailure(failure, redaction),
  );
  const id = textOf(object, 'id');
  return {
    id: id === undefined || redaction.holds(id) ? undefined : id,
    isComplete: status === undefined ? pendingCount === 0 : status === 'complete',
    successCount: countOf(object, 'success_count') ?? 0,
    failureCount: countOf(object, 'failure_count') ?? failures.length,
    pendingCount,
    failures,
  };
}

function toFailure(failure: JsonObject, redaction: Redaction): readonly PartnerFailure[] {
  const id = textOf(failure, 'id');
  if (id === undefined) return [];
  return [
    {
      id,
      version: textOf(failure, 'version'),
      message: redaction.quote(textOf(failure, 'message') ?? ''),
    },
  ];
}
