import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { FailureCode } from '../domain/errors.ts';
import { createCacheCounts, type CacheCounts } from './cache-counts.ts';
import { toCountedMethod, toEndpoint, type Endpoint } from './endpoint.ts';

/** A request whose answer is done, or that went away before. */
export interface CountedRequest {
  /** The pattern of the route that took it. */
  readonly route: string | undefined;
  readonly method: string;
  /** Undefined when nothing was answered. */
  readonly status: number | undefined;
  readonly seconds: number;
}

/** What one process counts of what it does. Nothing of it exists when no metrics are wanted. */
export interface Metrics {
  readonly registry: Registry;
  readonly pages: CacheCounts;
  readonly credentials: CacheCounts;
  readonly countRequest: (request: CountedRequest) => void;
  /** Counts those that say that the store does not answer or is not well; others have their status. */
  readonly countFailure: (code: FailureCode) => void;
}

export interface Build {
  readonly version: string;
}

/** In seconds: a hot page takes less than a millisecond, an upload of thousands of objects takes seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STORE_FAILURES: ReadonlySet<FailureCode> = new Set([
  'storage.unavailable',
  'storage.corrupt',
  'server.busy',
]);

/** Makes a registry with what Node says of the process; it is a process's own, so that tests can have several. */
export function createProcessRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Makes the metrics of one serving process. */
export function createMetrics({ version }: Build): Metrics {
  const registry = createProcessRegistry();
  const registers = [registry];
  const requests = new Counter({
    name: 'pollwatch_requests_total',
    help: 'Requests by endpoint, method and status; "none" when the client went before it was answered.',
    labelNames: ['endpoint', 'method', 'status'],
    registers,
  });
  const durations = new Histogram({
    name: 'pollwatch_request_duration_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['endpoint'],
    buckets: BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'pollwatch_store_errors_total',
    help: 'Requests and chores that failed because the store did not answer, was busy or is damaged.',
    labelNames: ['code'],
    registers,
  });
  for (const code of STORE_FAILURES) failures.inc({ code }, 0);
  const caches = { pages: createCacheCounts(), credentials: createCacheCounts() };
  addCaches(registers, caches);
  const build = new Gauge({
    name: 'pollwatch_build_info',
    help: 'Always 1; what runs stands in the labels.',
    labelNames: ['version', 'node'],
    aggregator: 'first',
    registers,
  });
  build.set({ version, node: process.version }, 1);
  const endpoints = new Map<string | undefined, Endpoint>();

  function endpointOf(route: string | undefined): Endpoint {
    const known = endpoints.get(route);
    if (known !== undefined) return known;
    const endpoint = toEndpoint(route);
    endpoints.set(route, endpoint);
    return endpoint;
  }

  return {
    registry,
    ...caches,
    countRequest({ route, method, status, seconds }) {
      const endpoint = endpointOf(route);
      requests.inc({ endpoint, method: toCountedMethod(method), status: status ?? 'none' });
      durations.observe({ endpoint }, seconds);
    },
    countFailure(code) {
      if (STORE_FAILURES.has(code)) failures.inc({ code });
    },
  };
}

/** The counts stay plain numbers until somebody asks: a lookup must cost next to nothing. */
function addCaches(
  registers: Registry[],
  caches: Readonly<Record<'pages' | 'credentials', CacheCounts>>,
): void {
  new Counter({
    name: 'pollwatch_cache_lookups_total',
    help: 'How often a built page, or a verified credential, was looked for where it is kept.',
    labelNames: ['cache', 'result'],
    registers,
    collect() {
      this.reset();
      for (const [cache, { hits, misses }] of Object.entries(caches)) {
        this.inc({ cache, result: 'hit' }, hits);
        this.inc({ cache, result: 'miss' }, misses);
      }
    },
  });
  new Counter({
    name: 'pollwatch_cache_evictions_total',
    help: 'What went from where it is kept because others needed the room.',
    labelNames: ['cache'],
    registers,
    collect() {
      this.reset();
      for (const [cache, { evictions }] of Object.entries(caches)) this.inc({ cache }, evictions);
    },
  });
}
