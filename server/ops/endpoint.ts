/** What requests are counted by: a closed list, so that no caller can make new names. */
export type Endpoint =
  | 'discovery'
  | 'api-root'
  | 'collections'
  | 'collection'
  | 'objects'
  | 'object'
  | 'versions'
  | 'manifest'
  | 'status'
  | 'health'
  | 'api-feeds'
  | 'api-feed'
  | 'api-feed-rejects'
  | 'api-feed-run'
  | 'api-feed-pause'
  | 'api-feed-resume'
  | 'api-openapi'
  | 'other';

/** The ends of the routes of `taxii/router.ts`; what is before them is the name of an API root. */
const ENDS: readonly (readonly [string, Endpoint])[] = [
  ['/collections/:collection/objects/:object/versions/', 'versions'],
  ['/collections/:collection/objects/:object/', 'object'],
  ['/collections/:collection/objects/', 'objects'],
  ['/collections/:collection/manifest/', 'manifest'],
  ['/collections/:collection/', 'collection'],
  ['/collections/', 'collections'],
  ['/status/:status/', 'status'],
];

/** The routes of `api/router.ts`. */
const API: ReadonlyMap<string, Endpoint> = new Map([
  ['/api/v1/feeds', 'api-feeds'],
  ['/api/v1/feeds/:name', 'api-feed'],
  ['/api/v1/feeds/:name/rejects', 'api-feed-rejects'],
  ['/api/v1/feeds/:name/run', 'api-feed-run'],
  ['/api/v1/feeds/:name/pause', 'api-feed-pause'],
  ['/api/v1/feeds/:name/resume', 'api-feed-resume'],
  ['/api/v1/openapi.json', 'api-openapi'],
]);

const API_ROOT = /^\/[^/]+\/$/;

/** @param route the pattern of the route that took the request; undefined when none did */
export function toEndpoint(route: string | undefined): Endpoint {
  if (route === undefined) return 'other';
  if (route === '/taxii2/') return 'discovery';
  if (route.startsWith('/health/')) return 'health';
  if (route.startsWith('/api/')) return API.get(route) ?? 'other';
  const found = ENDS.find(([end]) => route.endsWith(end));
  if (found) return found[1];
  return API_ROOT.test(route) ? 'api-root' : 'other';
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The method of a request, or `other` for one that nobody needs here. */
export function toCountedMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
