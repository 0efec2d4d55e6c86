import type { StixObject } from '../process/feed.ts';
import type { Address, Fleet } from './fleet.ts';
import type { Answered, Asked, History, Loss, Outcome, Sight } from './history.ts';
import { exchange, type Answer, type Question } from './request.ts';
import { toSight } from './stock.ts';
import { setTimeout as delay } from 'node:timers/promises';

/** What is asked, and how it is written down. */
export interface Call {
  readonly asked: Asked;
  readonly method: Question['method'];
  readonly path: string;
  readonly user: string;
  readonly body?: string;
}

/** What came back, as it was written down, with what a client goes on with. */
export interface Reply extends Answered {
  /** The number of the request in the history. */
  readonly n: number;
  readonly next?: string;
  /** The id of a status. */
  readonly id?: string;
}

/** Asks servers and writes everything down. */
export interface Client {
  /** Asks one server once. */
  askOnce(address: Address, call: Call): Promise<Reply>;
  /** Asks one server after another until there is an answer other than 503. */
  ask(call: Call): Promise<Reply>;
}

export interface ClientOptions {
  readonly fleet: Pick<Fleet, 'pick' | 'whenStopped'>;
  readonly history: History;
  /** Tokens of users by name. */
  readonly tokens: ReadonlyMap<string, string>;
  readonly random: (below: number) => number;
}

/** No answer may take longer, unless the server was stopped. */
const HANG_MS = 20_000;
/** How long a client waits for a server that was stopped, at most. */
const PATIENCE_MS = 8000;
const AGAIN_MS = 300;
/** A server, or the database, may be away for as long as this together. */
const GIVE_UP_MS = 90_000;

export function createClient({ fleet, history, tokens, random }: ClientOptions): Client {
  async function askOnce(address: Address, call: Call): Promise<Reply> {
    const { method, path, user, body, asked } = call;
    const giving = new AbortController();
    let loss: Loss = 'cut';
    const giveUpAs = (why: Loss): void => {
      loss = why;
      giving.abort();
    };
    const timers = [setTimeout(() => giveUpAs('hang'), HANG_MS)];
    const patienceMs = 50 + random(PATIENCE_MS);
    const unwatch = fleet.whenStopped(address.server, () => {
      timers.push(setTimeout(() => giveUpAs('given up'), patienceMs));
    });
    const question = { method, path, token: tokens.get(user) ?? '', ...(body === undefined ? {} : { body }) };
    const n = history.begin(address.server, asked);
    try {
      const answer = await exchange(address, question, giving.signal);
      const { answered, ...rest } = parseAnswer(call, answer);
      history.end(n, answered);
      return { n, ...answered, ...rest };
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      const answered = { status: loss };
      history.end(n, answered);
      return { n, ...answered };
    } finally {
      unwatch();
      for (const timer of timers) clearTimeout(timer);
    }
  }

  return {
    askOnce,
    async ask(call) {
      const deadline = performance.now() + GIVE_UP_MS;
      for (;;) {
        const reply = await askOnce(await fleet.pick(random), call);
        if (typeof reply.status === 'number' && reply.status !== 503) return reply;
        if (performance.now() > deadline)
          throw new Error(`no answer for long: ${JSON.stringify(call.asked)}`);
        if (reply.status === 503) await delay(random(AGAIN_MS));
      }
    },
  };
}

/** The members of all resources that are looked at. */
interface Resource {
  readonly id?: string;
  readonly objects?: readonly (StixObject & { readonly version?: string; readonly date_added?: string })[];
  readonly more?: boolean;
  readonly next?: string;
  readonly status?: string;
  readonly total_count?: number;
  readonly success_count?: number;
  readonly pending_count?: number;
  readonly failures?: readonly {
    readonly id: string;
    readonly version: string;
    readonly message?: string;
  }[];
}

interface Parsed {
  readonly answered: Answered;
  readonly next?: string;
  readonly id?: string;
}

function parseAnswer({ asked, path }: Call, { status, header, text }: Answer): Parsed {
  const retryAfter = header('retry-after');
  if (status >= 300) {
    return {
      answered: {
        status,
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...(status === 404 || status === 503 ? {} : { text: text.slice(0, 300) }),
      },
    };
  }
  const resource = parseResource(text);
  const { id, next } = resource;
  const rest = { ...(id === undefined ? {} : { id }), ...(next === undefined ? {} : { next }) };
  if (asked.kind === 'post' || asked.kind === 'status') {
    return { answered: { status, outcome: toOutcome(resource) }, ...rest };
  }
  if (asked.kind === 'delete') return { answered: { status } };
  const objects = resource.objects ?? [];
  const isManifest = path.includes('/manifest/');
  const shown = objects.map((each): Sight =>
    isManifest ? [`${each.id} ${each.version ?? ''}`, ''] : toSight(each),
  );
  const first = header('x-taxii-date-added-first');
  const last = header('x-taxii-date-added-last');
  return {
    answered: {
      status,
      shown,
      ...(isManifest ? { dates: objects.map(({ date_added: date }) => date ?? '') } : {}),
      ...(first === undefined ? {} : { first }),
      ...(last === undefined ? {} : { last }),
      more: resource.more === true,
    },
    ...rest,
  };
}

function toOutcome(resource: Resource): Outcome {
  return {
    isComplete: resource.status === 'complete',
    total: resource.total_count ?? -1,
    successes: resource.success_count ?? -1,
    pendings: resource.pending_count ?? -1,
    failures: (resource.failures ?? []).map(({ id, version, message }) => [
      `${id} ${version}`,
      message ?? '',
    ]),
  };
}

/** An empty text is what a DELETE is answered. */
function parseResource(text: string): Resource {
  return text === '' ? {} : (JSON.parse(text) as Resource);
}
