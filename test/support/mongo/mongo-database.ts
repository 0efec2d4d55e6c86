import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { buildMongo } from './build-mongo.ts';
import { startMongo, type MongoServer } from './mongo-server.ts';

/** A database of the caller's own. */
export interface TestDatabase extends AsyncDisposable {
  /** With the name of the database in its path. */
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

const GIVEN_URL = process.env['POLLWATCH_TEST_MONGO_URL'];
const URL_PARTS = /^(mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?[^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

let shared: Promise<MongoServer> | undefined;

/**
 * What test files give as `skip`: false when there is a server to test against (the one that
 * POLLWATCH_TEST_MONGO_URL names, else the one in Java), otherwise the reason, for all to see.
 */
export async function mongoAvailability(): Promise<string | false> {
  if (GIVEN_URL !== undefined) return false;
  const build = await buildMongo();
  if (!('reason' in build)) return false;
  return `SKIPPED LOUDLY: no MongoDB to test against (${build.reason}; or set POLLWATCH_TEST_MONGO_URL)`;
}

/**
 * Makes a database of the caller's own on the server that all tests of this file share; the first call starts it.
 * The caller drops it.
 * @throws Error when there is no server; ask `mongoAvailability` first
 */
export async function requireMongo(): Promise<TestDatabase> {
  const name = `pollwatch_test_${randomBytes(6).toString('hex')}`;
  const url = toDatabaseUrl(GIVEN_URL ?? (await startShared()).url, name);
  const drop = async (): Promise<void> => {
    const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 });
    try {
      await client.db(name).dropDatabase();
    } finally {
      await client.close();
    }
  };
  return { url, name, drop, [Symbol.asyncDispose]: drop };
}

async function startShared(): Promise<MongoServer> {
  shared ??= startMongo().then((server) => {
    server.unref();
    return server;
  });
  return shared;
}

/** Names the database in the URL; credentials stay with the database that they were for. */
export function toDatabaseUrl(url: string, name: string): string {
  const [, hosts, authSource, query] = URL_PARTS.exec(url) ?? [];
  if (hosts === undefined) throw new Error('POLLWATCH_TEST_MONGO_URL is not a mongodb:// URL');
  const options = new URLSearchParams(query);
  const hasCredentials = hosts.includes('@');
  if (hasCredentials && !options.has('authSource')) options.set('authSource', authSource || 'admin');
  const given = options.toString();
  return `${hosts}/${name}${given === '' ? '' : `?${given}`}`;
}
