import type { RequestHandler } from 'express';
import { principalOf } from '../auth/authenticate.ts';
import { isVisible } from '../domain/access.ts';
import type { Collection } from '../domain/collection.ts';
import { TAXII_MEDIA_TYPE } from './media.ts';
import { sendResource } from './respond.ts';

/** What the server says of itself. */
export interface ServerInfo {
  readonly title: string;
  readonly description?: string;
  readonly contact?: string;
  /** Without a slash at the end. */
  readonly publicUrl: () => string;
  readonly maxContentLengthBytes: number;
}

/** An API root with its collections (TAXII 2.1, 4.2). */
export interface ApiRoot {
  readonly name: string;
  readonly collections: readonly Collection[];
}

/** GET /taxii2/ (TAXII 2.1, 4.1): the API roots in which the caller sees something, all of them when none. */
export function createDiscovery(info: ServerInfo, roots: readonly ApiRoot[]): RequestHandler {
  return (req, res) => {
    const principal = principalOf(req);
    const visible = roots.filter(({ collections }) => collections.some((each) => isVisible(principal, each)));
    const urls = (visible.length > 0 ? visible : roots).map(({ name }) => `${info.publicUrl()}/${name}/`);
    const { title, description, contact } = info;
    sendResource(res, 200, { title, description, contact, default: urls[0], api_roots: urls });
  };
}

/** GET {api-root}/ (TAXII 2.1, 4.2). */
export function createApiRoot(info: ServerInfo, root: ApiRoot): RequestHandler {
  const resource = {
    title: `${info.title}: ${root.name}`,
    description: info.description,
    versions: [TAXII_MEDIA_TYPE],
    max_content_length: info.maxContentLengthBytes,
  };
  return (_req, res) => {
    sendResource(res, 200, resource);
  };
}
