import { MongoClient, type Document, type MongoClientOptions } from 'mongodb';
import { AppError } from '../../domain/errors.ts';
import { isRefused, toStorageError } from './errors.ts';

export interface ClientOptions {
  /** With the name of the database as its path. */
  readonly url: string;
  readonly poolSize: number;
  /** How long one answer of the database may take. */
  readonly timeoutMs: number;
  /** Is shown each command to the database: for tests of what an index serves. */
  readonly onCommand?: (command: Document) => void;
}

/**
 * Makes a client; it connects when it is first used.
 * @param answerMs how long one answer may take
 * @throws AppError `config.invalid` when the URL has an option that the driver does not take
 */
export function createClient(options: ClientOptions, answerMs: number): MongoClient {
  const { url, poolSize, timeoutMs, onCommand } = options;
  const client = parseClient(url, {
    monitorCommands: onCommand !== undefined,
    appName: 'pollwatch',
    maxPoolSize: poolSize,
    serverSelectionTimeoutMS: timeoutMs,
    connectTimeoutMS: timeoutMs,
    socketTimeoutMS: answerMs,
    waitQueueTimeoutMS: timeoutMs,
    heartbeatFrequencyMS: Math.max(500, Math.min(2000, timeoutMs)),
    // What was answered survives the loss of a member.
    writeConcern: { w: 'majority', journal: true },
    // Rows are read by a head that a majority has (head.ts), so after them: the primary has all that count.
    readConcern: { level: 'local' },
    readPreference: 'primary',
    promoteBuffers: true,
  });
  if (onCommand) client.on('commandStarted', ({ command }) => onCommand(command));
  return client;
}

/** What the driver says of a URL may repeat parts of it, passwords too: neither said nor kept as a cause. */
function parseClient(url: string, options: MongoClientOptions): MongoClient {
  try {
    return new MongoClient(url, options);
  } catch (error) {
    const said = error instanceof Error ? error.message : '';
    const [, name] = /^options? ([a-zA-Z]{1,40}) (?:is|are) not supported$/.exec(said) ?? [];
    const which = name === undefined ? 'Something in' : `The option ${name} of`;
    throw new AppError('config.invalid', {
      detail: `${which} POLLWATCH_DATABASE_URL is nothing that the driver of MongoDB takes. Check the address and the options behind the question mark.`,
    });
  }
}

/** Why a database could not be opened, in words for whoever runs the server. */
export function explainRefusal(error: unknown): unknown {
  if (isRefused(error)) {
    const detail =
      'MongoDB does not let us in. Check user, password and authSource in POLLWATCH_DATABASE_URL, and that the user may read and write the database (role readWrite).';
    return new AppError('config.invalid', { detail, cause: error });
  }
  const ours = toStorageError(error);
  if (!(ours instanceof AppError) || ours.code !== 'storage.unavailable' || ours.detail !== undefined)
    return ours;
  const detail =
    'MongoDB does not answer. Check the hosts, the replicaSet and the TLS options of POLLWATCH_DATABASE_URL, and that it may be reached from here.';
  return new AppError('storage.unavailable', { detail, retryAfterSeconds: 1, cause: error });
}
