import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

/** What a request asked for, as the table of the specification names it. */
export type PartnerResource =
  | 'discovery'
  | 'api-root'
  | 'collections'
  | 'collection'
  | 'objects'
  | 'manifest'
  | 'add-objects'
  | 'status'
  | 'elsewhere';

/** One request as the partner saw it. */
export interface SeenRequest {
  /** Counted from 1. */
  readonly number: number;
  readonly method: string;
  readonly resource: PartnerResource;
  /** With the query. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The port of the client: another one for each connection. */
  readonly clientPort: number;
  /** Of the answer; 0 as long as there is none. */
  status: number;
  /** Objects in the answer, or in what was posted. */
  objects: number;
  /** The `next` that the answer gave. */
  next: string | undefined;
  bytesIn: number;
  bytesOut: number;
  isOpen: boolean;
}

export interface RequestLog {
  readonly all: readonly SeenRequest[];
  readonly count: number;
  /** The most requests that were open at the same time. */
  readonly mostAtOnce: number;
  /** Requests that brought or took objects. */
  readonly withObjects: readonly SeenRequest[];
  readonly bytesOut: number;
  /** Requests for this resource. */
  of(resource: PartnerResource): readonly SeenRequest[];
  /** Forgets what was seen so far. */
  clear(): void;
}

export interface RequestRecorder extends RequestLog {
  begin(request: IncomingMessage, response: ServerResponse, resource: PartnerResource): SeenRequest;
}

export function createRequestLog(): RequestRecorder {
  let all: SeenRequest[] = [];
  let total = 0;
  let open = 0;
  let mostAtOnce = 0;
  return {
    get all() {
      return all;
    },
    get count() {
      return all.length;
    },
    get mostAtOnce() {
      return mostAtOnce;
    },
    get withObjects() {
      return all.filter(({ objects }) => objects > 0);
    },
    get bytesOut() {
      return all.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
    },
    of: (resource) => all.filter((each) => each.resource === resource),
    clear() {
      all = [];
      mostAtOnce = open;
    },
    begin(request, response, resource) {
      const url = request.url ?? '/';
      const seen: SeenRequest = {
        number: (total += 1),
        method: request.method ?? 'GET',
        resource,
        url,
        query: new URL(url, 'http://partner').searchParams,
        headers: request.headers,
        clientPort: request.socket.remotePort ?? 0,
        ...{ status: 0, objects: 0, next: undefined, bytesIn: 0, bytesOut: 0, isOpen: true },
      };
      all.push(seen);
      open += 1;
      mostAtOnce = Math.max(mostAtOnce, open);
      response.once('close', () => {
        open -= 1;
        seen.isOpen = false;
      });
      return seen;
    },
  };
}
