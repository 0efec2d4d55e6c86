import { ANY_SERVER } from '../fleet.ts';
import type { Asked, Recorded, Request } from '../history.ts';
import { readUploads, type Upload } from './ledger.ts';

const EXPECTED: Readonly<Record<Asked['kind'], readonly number[]>> = {
  post: [202, 503],
  delete: [200, 404, 503],
  status: [200, 503],
  page: [200, 503],
  look: [200, 404, 503],
  final: [200, 503],
};

/** A connection may break so long before or after the kill that breaks it was written down. */
const KILL_MS = 1000;

/** Every request is answered as it should be, or its server was killed or stopped meanwhile. */
export function findWrongAnswers(recorded: Recorded): readonly string[] {
  const kills = recorded.deeds.filter(({ action }) => action === 'kill' || action === 'died');
  const wasKilled = ({ server, beginMs }: Request): boolean =>
    kills.some((deed) => (server === ANY_SERVER || deed.server === server) && deed.at > beginMs - KILL_MS);
  const faults = recorded.deeds
    .filter(({ action }) => action === 'died')
    .map(({ server, at }) => `server ${server ?? ''} ended by itself at ${at}`);
  for (const request of recorded.requests) {
    const { n, asked, answered } = request;
    const { status = 'nothing', retryAfter = '', text = '' } = answered ?? {};
    const said = `request ${n} (${asked.kind}) was answered ${status}: ${text}`;
    if (status === 'hang') faults.push(said);
    if (status === 'cut' && !wasKilled(request)) faults.push(`${said}, and nobody had killed its server`);
    if (typeof status !== 'number') continue;
    if (!EXPECTED[asked.kind].includes(status)) faults.push(said);
    if (status === 503 && !/^[1-9]\d*$/.test(retryAfter)) faults.push(`${said} without Retry-After`);
  }
  return faults;
}

/** What was answered 202 is carried out, and its status says so for every object. */
export function findLostUploads(recorded: Recorded): readonly string[] {
  const uploads = readUploads(recorded);
  const contents = contentsOf(uploads);
  return uploads.flatMap(({ request, outcome, hasChanged }) => {
    const { asked, n } = request;
    const where = `upload ${n} to ${asked.to}`;
    if (hasChanged) return `the status of ${where} changed after it was complete`;
    if (outcome?.isComplete !== true) return `${where} was answered 202 and never came to its end`;
    const { total, successes, pendings, failures } = outcome;
    if (total !== asked.objects.length || successes + failures.length + pendings !== total || pendings > 0) {
      return `${where} of ${asked.objects.length} objects: the counts do not add up: ${JSON.stringify(outcome)}`;
    }
    return failures
      .filter(([key, message]) => {
        const others = contents.get(`${spaceOf(asked.to)} ${key}`) ?? new Set();
        return others.size < 2 || !message.includes('held already with other content');
      })
      .map(([key, message]) => `${where}: ${key} was refused: ${message}`);
  });
}

/** Of contents that were sent for one version the first one counts: it is a success for all, and any other for none. */
export function findMixedContents(recorded: Recorded): readonly string[] {
  const taken = new Map<string, string>();
  const faults: string[] = [];
  const each = (look: (place: string, digest: string, isRefused: boolean, n: number) => void): void => {
    for (const { request, outcome } of readUploads(recorded)) {
      const refused = new Set(outcome?.failures.map(([key]) => key));
      for (const { key, digest } of request.asked.objects) {
        look(`${spaceOf(request.asked.to)} ${key}`, digest, refused.has(key), request.n);
      }
    }
  };
  each((place, digest, isRefused, n) => {
    if (isRefused) return;
    const known = taken.get(place);
    if (known !== undefined && known !== digest)
      faults.push(`upload ${n}: two contents were taken for ${place}`);
    taken.set(place, digest);
  });
  each((place, digest, isRefused, n) => {
    if (isRefused && taken.get(place) === digest) {
      faults.push(`upload ${n}: ${place} was refused, and what is held has the same content`);
    }
  });
  return faults;
}

/** What is posted to an audience collection is held where intake holds what it gets. */
function spaceOf(to: string): string {
  return ['intake', 'federal', 'state', 'private'].includes(to) ? 'hub' : to;
}

function contentsOf(uploads: readonly Upload[]): ReadonlyMap<string, ReadonlySet<string>> {
  const contents = new Map<string, Set<string>>();
  for (const { request } of uploads) {
    for (const { key, digest } of request.asked.objects) {
      const place = `${spaceOf(request.asked.to)} ${key}`;
      contents.set(place, (contents.get(place) ?? new Set()).add(digest));
    }
  }
  return contents;
}
