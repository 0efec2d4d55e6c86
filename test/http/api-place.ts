import assert from 'node:assert/strict';
import { createServer, request, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Router } from 'express';
import { createApi, type Api } from '../../server/api/router.ts';
import { createApp } from '../../server/app.ts';
import { createAuthentication } from '../../server/auth/authenticate.ts';
import { createCredentialMemory } from '../../server/auth/credential-memory.ts';
import { createPasswordHasher } from '../../server/auth/passwords.ts';
import { createThrottle } from '../../server/auth/throttle.ts';
import { createToken } from '../../server/auth/tokens.ts';
import { createVerifier } from '../../server/auth/verify.ts';
import { findPackageRoot } from '../../server/config/package-root.ts';
import type { Collection } from '../../server/domain/collection.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { DirectoryStore } from '../../server/storage/port.ts';
import { createRequestLog } from '../../server/ops/request-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeDirectory } from '../support/fake-directory.ts';
import { createFakeIds } from '../support/fake-ids.ts';
import { checkErrorBody, parseResource, type Resource } from '../support/test-server.ts';
import { createFakeFeeds, type FakeFeeds } from './fake-feeds.ts';

/** Who may ask: only `admin` runs the hub. `nobody` sends no credentials. */
const USERS = [
  { name: 'admin', org: 'dhs', role: 'admin' },
  { name: 'analyst', org: 'dhs', role: 'analyst' },
  { name: 'watcher', org: 'dhs', role: 'partner' },
  { name: 'elsewhere', org: 'nass', role: 'admin' },
] as const;
export type ApiUser = (typeof USERS)[number]['name'] | 'nobody';

/** 2018-08-24T18:00:00.000123Z */
const START = Date.UTC(2018, 7, 24, 18) * 1000 + 123;

export interface ApiAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: () => Resource;
}

export interface AskOptions {
  readonly as?: ApiUser;
  /** `undefined` leaves a header out that would be sent otherwise. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** An object is sent as JSON. */
  readonly body?: object | string;
}

/** @returns the answer, after what holds for every answer of the API was checked */
export type Ask = (method: string, path: string, options?: AskOptions) => Promise<ApiAnswer>;

export interface ApiPlace extends AsyncDisposable {
  readonly feeds: FakeFeeds;
  readonly api: Api;
  readonly ask: Ask;
  /** What was logged, as JSON. */
  readonly log: readonly string[];
}

/** The ids of our collections. */
export const INTAKE = parseId('00000001-0000-4000-8000-000000000000');
const STATE = parseId('00000002-0000-4000-8000-000000000000');

function parseId(text: string): CollectionId {
  return text as CollectionId;
}

const terms = { apiRoot: 'feed', references: [], read: [], write: [], stixVersions: ['2.1'] } as const;
const COLLECTIONS: readonly Collection[] = [
  { ...terms, id: INTAKE, alias: 'intake', title: 'Intake', release: { policy: 'as-posted' } },
  { ...terms, id: STATE, alias: 'state', title: 'State', release: { policy: 'as-posted' } },
];

/** Starts the application with the API over feeds in memory. */
export async function startApiPlace(bounds: { readonly maxRunning?: number } = {}): Promise<ApiPlace> {
  const clock = createFakeClock(START);
  const ids = createFakeIds(7);
  const directory = createFakeDirectory();
  const tokens = await addApiUsers(directory, true);
  const log: string[] = [];
  const write = (...parts: readonly unknown[]): void => void log.push(JSON.stringify(parts));
  const logger = { debug: write, info: write, warn: write, error: write };
  const verifier = createVerifier({
    directory,
    hasher: createPasswordHasher({ ids, cost: { log2N: 4, r: 1, p: 1 } }),
    throttle: createThrottle({ clock }),
    clock,
  });
  const memory = createCredentialMemory({ directory, clock, ids });
  const feeds = createFakeFeeds(clock, (alias) => (alias === 'state' ? STATE : INTAKE));
  const api = createApi({
    ...createAuthentication({ memory, verifier, clock }),
    feeds,
    collections: COLLECTIONS,
    log: logger,
    maxRunning: bounds.maxRunning ?? 2,
    packageRoot: findPackageRoot(),
  });
  const app = createApp({
    requestLog: createRequestLog(logger, ids),
    health: Router(),
    taxii: Router(),
    api: api.router,
    trustProxy: false,
    maxUrlLength: 2000,
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = parseAddress(server.address());
  return {
    feeds,
    api,
    log,
    ask: createAsk(port, tokens),
    async [Symbol.asyncDispose]() {
      await api.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Adds the users, and their organisations unless they are there. @returns the token of each */
export async function addApiUsers(
  directory: DirectoryStore,
  withOrganisations: boolean,
): Promise<ReadonlyMap<string, string>> {
  const ids = createFakeIds(8);
  if (withOrganisations) {
    await directory.addOrganisation({ id: 'dhs', name: 'DHS', audience: 'federal', hub: true });
    await directory.addOrganisation({ id: 'nass', name: 'NASS', audience: 'state', hub: false });
  }
  const tokens = new Map<string, string>();
  for (const user of USERS) {
    assert.ok(await directory.addUser({ ...user, passwordHash: '-', disabled: false }));
    const { id, token, hash } = createToken(ids);
    await directory.addToken({ id, user: user.name, hash, createdAt: START, revoked: false });
    tokens.set(user.name, token);
  }
  return tokens;
}

/** Asks as `admin` unless told. */
export function createAsk(port: number, tokens: ReadonlyMap<string, string>): Ask {
  return async (method, path, { as = 'admin', headers = {}, body } = {}) => {
    const text = typeof body === 'object' ? JSON.stringify(body) : body;
    const given: readonly (readonly [string, string | number | undefined])[] = [
      ['Authorization', as === 'nobody' ? undefined : `Bearer ${tokens.get(as) ?? ''}`],
      ['Content-Type', text === undefined ? undefined : 'application/json'],
      ['Content-Length', text === undefined ? undefined : Buffer.byteLength(text)],
      ...Object.entries(headers),
    ];
    const sent: OutgoingHttpHeaders = {};
    for (const [name, value] of new Map(given)) if (value !== undefined) sent[name] = value;
    const answer = await exchange({ port, method, path, headers: sent }, text);
    checkAnswer(answer, method);
    return answer;
  };
}

interface Target {
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
}

function exchange(target: Target, body: string | undefined): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', agent: false, ...target }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('error', reject).on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, text, json: () => parseResource(text) });
      });
    });
    sent.on('error', reject).end(body);
  });
}

function checkAnswer({ status, headers, text }: ApiAnswer, method: string): void {
  const where = `${method} answered ${status} ${text.slice(0, 300)}`;
  assert.equal(headers['cache-control'], 'no-store', where);
  assert.match(String(headers['x-request-id']), /^[0-9a-f-]{36}$/, where);
  assert.equal(headers.etag, undefined, where);
  if (status === 204) return;
  assert.equal(headers['content-type'], 'application/json', where);
  assert.equal(headers['x-content-type-options'], 'nosniff', where);
  if (status >= 400 && method !== 'HEAD') checkErrorBody(text, status, headers['x-request-id']);
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}
