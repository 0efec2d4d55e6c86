import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerProcess } from './server-process.ts';

/** A STIX object as far as these tests look at it. */
export interface StixObject {
  readonly type?: string;
  readonly id: string;
  readonly created?: string;
  readonly modified?: string;
}

/** An entry of a manifest; its other members are those of the object. */
interface ManifestEntry {
  readonly version?: string;
  readonly date_added?: string;
}

/** The members of all TAXII resources that these tests read. */
interface Resource {
  readonly id: string;
  readonly objects?: readonly (StixObject & ManifestEntry)[];
  readonly more?: boolean;
  readonly next?: string;
  readonly status: 'complete' | 'pending';
  readonly total_count: number;
  readonly success_count: number;
  readonly failure_count: number;
  readonly pending_count: number;
}

export interface Question {
  readonly path: string;
  readonly user: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  readonly resource: Resource;
  readonly dateAddedLast: string | undefined;
}

/** One process of a server that is killed and started again. */
interface Life {
  readonly number: number;
  /** Rejects when the server goes away before the answer is complete. */
  ask(question: Question): Promise<Answer>;
}

/** A server as its clients see it: at one address, gone from time to time. */
export interface Feed {
  /** Says that a process serves from now on. */
  begin(server: ServerProcess): void;
  /** Says that it does no more. */
  end(): void;
  /** Asks until a whole answer comes; when the server goes away, its next process is asked. */
  ask(question: Question, onLoss?: () => void): Promise<Answer>;
}

const MEDIA_TYPE = 'application/taxii+json;version=2.1';
const NEXT_LIFE_MS = 40_000;
/** What a manifest says of an object without times. */
const FIXED_VERSION = '1970-01-01T00:00:00.000000Z';

/** @param users names and passwords */
export function createFeed(users: ReadonlyMap<string, string>): Feed {
  let life: Life | undefined;
  let lives = 0;
  let agent = new Agent({ keepAlive: true });
  let announce: (life: Life) => void = () => undefined;
  let coming = new Promise<Life>((resolve) => (announce = resolve));

  async function lifeAfter(number: number): Promise<Life> {
    if (life && life.number > number) return life;
    const found = await Promise.race([coming, delay(NEXT_LIFE_MS, undefined, { ref: false })]);
    if (!found) throw new Error('a client lost its server, and nobody started it again');
    return found;
  }

  function expectNext(): void {
    coming = new Promise<Life>((resolve) => (announce = resolve));
  }

  return {
    begin({ port }) {
      lives += 1;
      // Connections to the process before would be found dead.
      const own = (agent = new Agent({ keepAlive: true }));
      const begun: Life = { number: lives, ask: (question) => send(own, port, users, question) };
      life = begun;
      announce(begun);
      expectNext();
    },
    end() {
      life = undefined;
      agent.destroy();
    },
    async ask(question, onLoss) {
      for (let after = 0; ;) {
        const current = await lifeAfter(after);
        try {
          return await current.ask(question);
        } catch (error) {
          if (!isLoss(error)) throw error;
          onLoss?.();
          after = current.number;
        }
      }
    },
  };
}

class Loss extends Error {}

function isLoss(error: unknown): boolean {
  return error instanceof Loss;
}

function send(
  agent: Agent,
  port: number,
  users: ReadonlyMap<string, string>,
  { path, user, method = 'GET', body }: Question,
): Promise<Answer> {
  const credentials = Buffer.from(`${user}:${users.get(user) ?? ''}`).toString('base64');
  const headers = {
    Accept: MEDIA_TYPE,
    Authorization: `Basic ${credentials}`,
    ...(body === undefined ? {} : { 'Content-Type': MEDIA_TYPE, 'Content-Length': Buffer.byteLength(body) }),
  };
  return new Promise((resolve, reject) => {
    const lose = (cause: unknown): void => {
      reject(new Loss(`${method} ${path} got no whole answer`, { cause }));
    };
    const sent = request({ host: '127.0.0.1', port, path, method, agent, headers }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', lose);
      res.on('close', () => {
        if (!res.complete) lose('cut off');
      });
      res.on('end', () => {
        const last = res.headers['x-taxii-date-added-last'];
        resolve({
          status: res.statusCode ?? 0,
          resource: parseResource(Buffer.concat(chunks).toString()),
          dateAddedLast: typeof last === 'string' ? last : undefined,
        });
      });
    });
    sent.on('error', lose);
    sent.end(body);
  });
}

/** The server's own tests say that every resource is whole; here its parts are compared one by one. */
function parseResource(text: string): Resource {
  return JSON.parse(text) as Resource;
}

/** Text that is the same for the same version of an object. */
export function keyOf({ id, modified, created }: StixObject): string {
  return `${id} ${modified ?? created ?? FIXED_VERSION}`;
}
