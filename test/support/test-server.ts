import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '../../server/auth/passwords.ts';
import { createToken } from '../../server/auth/tokens.ts';
import { openCore, startServer, SYSTEM_IDS } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import type { Core } from '../../server/core.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { makeTestDatabase } from './test-database.ts';
import { TEST_COLLECTIONS, TEST_ORGANISATIONS, TEST_USERS, type TestUser } from './test-directory.ts';

/** The content type that every answer must have, to the letter (TAXII 2.1, 1.6.8). */
export const TAXII = 'application/taxii+json;version=2.1';

/** The password of every user, for Basic. */
export const TEST_PASSWORD = 'a:paß word';

/** 2018-08-24T18:00:00.000123Z: no whole millisecond. */
const START = Date.UTC(2018, 7, 24, 18) * 1000 + 123;

/** Any resource of the protocol, as a client sees it. */
export interface Resource {
  readonly more?: boolean;
  readonly next?: string;
  readonly id?: string;
  readonly objects?: readonly ListedObject[];
  readonly versions?: readonly string[];
  readonly collections?: readonly Resource[];
  readonly successes?: readonly StatusDetails[];
  readonly failures?: readonly StatusDetails[];
  readonly pendings?: readonly StatusDetails[];
  readonly [name: string]: unknown;
}

/** An object of an envelope or a record of a manifest. */
export interface ListedObject {
  readonly id: string;
  readonly date_added?: string;
  readonly version?: string;
  readonly modified?: string;
  readonly [name: string]: unknown;
}

export interface StatusDetails {
  readonly id: string;
  readonly version: string;
  readonly message?: string;
}

export function parseResource(text: string): Resource {
  return JSON.parse(text) as Resource;
}

/** One answer, as it came over the socket. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All values of each header, so that none is joined or dropped. */
  readonly distinct: Readonly<Record<string, readonly string[] | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as a resource. */
  readonly resource: () => Resource;
}

export interface SendOptions {
  /** Who asks; `writer` unless told, `nobody` sends no credentials. */
  readonly as?: TestUser | 'nobody';
  /** `undefined` leaves a header out that would be sent otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly core: Core;
  readonly clock: FakeClock;
  /** Every line that was logged, as JSON. */
  readonly log: readonly string[];
  readonly tokenOf: (user: TestUser) => string;
  /** The path of a collection that no test used before, with a slash at the end. */
  readonly scratch: () => string;
  /** Sends a request as it is written; what holds for every answer is checked here. */
  readonly send: (method: string, path: string, options?: SendOptions) => Promise<Answer>;
  readonly get: (path: string, options?: SendOptions) => Promise<Answer>;
  /** Posts objects in an envelope. */
  readonly post: (collection: string, objects: readonly object[], options?: SendOptions) => Promise<Answer>;
}

/**
 * Starts the server on a free port over a new database, with a clock that stands still.
 * @param settings values of settings by name without `POLLWATCH_`
 * @param collectionsDir a folder of collection files instead of those of test-directory.ts
 */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = {},
  collectionsDir?: string,
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-http-'));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rmSync(folder, { recursive: true, force: true }));
  const databaseUrl = settings['DATABASE_URL'] ?? resources.use(await makeTestDatabase(folder)).url;
  const values = loadSettings(
    Object.fromEntries(
      Object.entries({
        PORT: '0',
        COLLECTIONS_DIR: collectionsDir ?? writeCollections(join(folder, 'collections')),
        ...settings,
        DATABASE_URL: databaseUrl,
      }).map(([name, value]) => [`POLLWATCH_${name}`, value]),
    ),
  );
  const clock = createFakeClock(START);
  const log: string[] = [];
  const write = (...parts: readonly unknown[]): void => void log.push(JSON.stringify(parts));
  const core = await openCore(values, clock);
  resources.defer(() => core.close());
  const tokens = await addDirectory(core, clock);
  const server = await startServer(
    values,
    core,
    { debug: write, info: write, warn: write, error: write },
    clock,
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const kept = resources.move();
  const tokenOf = (user: TestUser): string => tokens.get(user) ?? '';
  let scratches = 0;

  const send: TestServer['send'] = async (method, path, { as = 'writer', headers = {}, body } = {}) => {
    const sent: OutgoingHttpHeaders = { Accept: TAXII };
    if (as !== 'nobody') sent['Authorization'] = `Bearer ${tokenOf(as)}`;
    for (const [name, value] of Object.entries(headers)) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the names are the test's own.
      if (value === undefined) delete sent[name];
      else sent[name] = value;
    }
    const answer = await exchange(
      { port: Number(new URL(server.url).port), agent, method, path, headers: sent },
      body,
    );
    checkAnswer(answer, method);
    return answer;
  };
  return {
    url: server.url,
    port: Number(new URL(server.url).port),
    core,
    clock,
    log,
    tokenOf,
    scratch: () => `/feed/collections/scratch-${++scratches}/`,
    send,
    get: (path, options) => send('GET', path, options),
    post: (collection, objects, options = {}) =>
      send('POST', `${collection}objects/`, {
        body: JSON.stringify({ objects }),
        ...options,
        headers: { 'Content-Type': TAXII, ...options.headers },
      }),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server.close();
      await kept.disposeAsync();
    },
  };
}

function writeCollections(folder: string): string {
  mkdirSync(folder);
  for (const collection of TEST_COLLECTIONS) {
    writeFileSync(join(folder, `${collection.alias}.json`), JSON.stringify(collection));
  }
  return folder;
}

const CHEAP = { log2N: 4, r: 1, p: 1 };

/** Users sign in with tokens: a password costs 140 ms to check. The password that each has is as cheap as can be. */
async function addDirectory({ store }: Core, clock: FakeClock): Promise<ReadonlyMap<string, string>> {
  for (const organisation of TEST_ORGANISATIONS) assert.ok(await store.addOrganisation(organisation));
  const passwordHash = await createPasswordHasher({ ids: SYSTEM_IDS, cost: CHEAP }).hashPassword(
    TEST_PASSWORD,
  );
  const tokens = new Map<string, string>();
  for (const user of TEST_USERS) {
    assert.ok(await store.addUser({ ...user, passwordHash, disabled: false }));
    const { id, token, hash } = createToken(SYSTEM_IDS);
    await store.addToken({ id, user: user.name, hash, createdAt: clock.now(), revoked: false });
    tokens.set(user.name, token);
  }
  return tokens;
}

interface Target {
  readonly port: number;
  readonly agent: Agent;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

function exchange(target: Target, body: string | Buffer | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...target.headers };
    if (body !== undefined) headers['Content-Length'] ??= Buffer.byteLength(body);
    const sent = request({ host: '127.0.0.1', ...target, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          distinct: response.headersDistinct,
          bytes,
          text,
          resource: () => parseResource(text),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** What holds for every answer (TAXII 2.1, 1.6.8, 3.1 and 3.6; design, 3 and 5.6). */
function checkAnswer({ status, headers, text }: Answer, method: string): void {
  const where = `${method} answered ${status} ${text.slice(0, 200)}`;
  assert.equal(headers['cache-control'], 'private, no-cache', where);
  assert.equal(headers.vary, 'Accept, Accept-Encoding, Authorization', where);
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/, where);
  assert.equal(headers.location, undefined, where);
  assert.equal(headers['x-powered-by'], undefined, where);
  if (status === 304) return;
  assert.equal(headers['content-type'], TAXII, where);
  if (status < 400) return;
  if (method !== 'HEAD') checkErrorBody(text, status, headers['x-request-id']);
}

/** The members of an error message, and that it tells nothing of the inside (TAXII 2.1, 3.6.1; design, 5.6). */
export function checkErrorBody(text: string, status: number, requestId?: string | readonly string[]): void {
  const error = parseResource(text);
  assert.equal(typeof error['title'], 'string', text);
  assert.notEqual(error['title'], '', text);
  assert.equal(error['http_status'], String(status), text);
  assert.match(String(error['error_id']), /^[0-9a-f-]{36}$/, text);
  if (requestId !== undefined) assert.equal(error['error_id'], requestId);
  assert.equal(typeof error['error_code'], 'string', text);
  assert.doesNotMatch(text, /node:|node_modules|\.ts\b|\bat \S+ \(|\/server\/|SQLITE|ECONN|\bError:/, text);
}
