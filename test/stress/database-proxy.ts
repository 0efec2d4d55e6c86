import { BSON, type Document } from 'mongodb';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A command on its way to the database. */
export interface Command {
  readonly name: string;
  /** The collection that it is about; empty for what is about none. */
  readonly collection: string;
  readonly body: Document;
  /** Documents that come beside the body: those to insert, or statements of an update. */
  readonly documents: readonly Document[];
}

/** What happens at the command that counts. */
export type Break =
  /** It is carried out, nothing after it is, and nobody hears of it again: as if the server had been killed. */
  | 'cut'
  /** It and all after it are held back until `release`: as if the server had been stopped before sending it. */
  | 'freeze';

/** Stands between a server and its database, and counts commands. */
export interface DatabaseProxy {
  readonly port: number;
  /** Begins to count: the `n`-th command that counts is where it breaks. */
  arm(n: number, how: Break): void;
  /** Fulfilled when that command came; when it cuts, once the database has carried out all before it. */
  readonly reached: Promise<void>;
  /** Commands that counted since `arm`. */
  readonly counted: readonly string[];
  /** Lets everything go on that was held back. */
  release(): void;
  close(): Promise<void>;
}

const HEADER_BYTES = 16;
const OP_MSG = 2013;
const FLAG_BYTES = 4;
const BODY = 0;

interface Pipe {
  readonly client: Socket;
  readonly database: Socket;
}

/**
 * @param target the port of the database
 * @param counts which commands count; all are forwarded
 */
export async function startDatabaseProxy(
  target: number,
  counts: (command: Command) => boolean,
): Promise<DatabaseProxy> {
  const pipes = new Set<Pipe>();
  const held: (() => void)[] = [];
  const counted: string[] = [];
  const unanswered = new Set<number>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>();
  let breaksAt = Number.POSITIVE_INFINITY;
  let how: Break = 'cut';
  let state: 'open' | 'holding' | 'cutting' | 'cut' = 'open';

  function take(frame: Buffer, pipe: Pipe): void {
    const command = readCommand(frame);
    const isCounted = command !== undefined && Number.isFinite(breaksAt) && counts(command);
    if (state === 'cutting' || state === 'cut') return;
    if (state === 'holding') {
      held.push(() => pipe.database.write(frame));
      return;
    }
    if (isCounted) {
      counted.push(`${command.name} ${command.collection}`);
      if (counted.length === breaksAt && how === 'freeze') {
        state = 'holding';
        held.push(() => pipe.database.write(frame));
        reach(undefined);
        return;
      }
      unanswered.add(frame.readInt32LE(4));
      if (counted.length === breaksAt) state = 'cutting';
    }
    pipe.database.write(frame);
  }

  function answer(frame: Buffer, pipe: Pipe): void {
    unanswered.delete(frame.readInt32LE(8));
    if (state !== 'cutting') {
      pipe.client.write(frame);
      return;
    }
    if (unanswered.size > 0) return;
    state = 'cut';
    for (const each of pipes) end(each);
    reach(undefined);
  }

  function end({ client, database }: Pipe): void {
    client.destroy();
    database.destroy();
  }

  const server = createServer((client) => {
    if (state === 'cutting' || state === 'cut') {
      client.destroy();
      return;
    }
    const pipe = { client, database: connect(target, '127.0.0.1') };
    pipes.add(pipe);
    for (const socket of [pipe.client, pipe.database]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pipes.delete(pipe);
        end(pipe);
      });
    }
    client.on(
      'data',
      splitFrames((frame) => take(frame, pipe)),
    );
    pipe.database.on(
      'data',
      splitFrames((frame) => answer(frame, pipe)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: parsePort(server.address()),
    arm(n, what) {
      breaksAt = n;
      how = what;
    },
    reached,
    counted,
    release() {
      state = 'open';
      for (const send of held.splice(0)) send();
    },
    async close() {
      for (const pipe of pipes) end(pipe);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Every message begins with its length in bytes, itself included (MongoDB wire protocol). */
function splitFrames(take: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readInt32LE(0);
      if (rest.length < length) return;
      take(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

/** @returns undefined for a message that is no command */
function readCommand(frame: Buffer): Command | undefined {
  if (frame.readInt32LE(12) !== OP_MSG) return undefined;
  let body: Document = {};
  const documents: Document[] = [];
  for (let at = HEADER_BYTES + FLAG_BYTES; at < frame.length;) {
    const kind = frame.readUInt8(at);
    const length = frame.readInt32LE(at + 1);
    const section = frame.subarray(at + 1, at + 1 + length);
    if (kind === BODY) body = BSON.deserialize(section);
    else documents.push(...readSequence(section));
    at += 1 + length;
  }
  const [name = '', about] = Object.entries(body)[0] ?? [];
  return { name, collection: typeof about === 'string' ? about : '', body, documents };
}

/** A section of kind 1: its length, the name of the member it stands for, and documents. */
function readSequence(section: Buffer): readonly Document[] {
  const documents: Document[] = [];
  for (let at = section.indexOf(0, 4) + 1; at < section.length;) {
    const length = section.readInt32LE(at);
    documents.push(BSON.deserialize(section.subarray(at, at + length)));
    at += length;
  }
  return documents;
}

function parsePort(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
