import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { BSON, type Document } from 'mongodb';

const HEADER_BYTES = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** A server that greets like a MongoDB and then refuses every command. */
export interface RefusingMongo extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts what answers every command but the greeting with an error: mongo-java-server knows no passwords.
 * @param code of MongoDB's errors: 18 for a wrong password, 13 for a user that may not
 */
export async function startRefusingMongo(code: number): Promise<RefusingMongo> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let received = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= HEADER_BYTES && received.length >= received.readInt32LE(0)) {
        const message = received.subarray(0, received.readInt32LE(0));
        received = received.subarray(message.length);
        socket.write(answer(message, code));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: parseAddress(server.address()).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(message: Buffer, code: number): Buffer {
  const id = message.readInt32LE(4);
  if (message.readInt32LE(12) === OP_QUERY) {
    const beside = Buffer.alloc(20);
    beside.writeInt32LE(1, 16);
    return toMessage(id, OP_REPLY, [beside, BSON.serialize(greeting())]);
  }
  const command = BSON.deserialize(message.subarray(HEADER_BYTES + 5));
  const isGreeting = ['hello', 'ismaster', 'isMaster'].some((name) => name in command);
  const refusal = { ok: 0, code, codeName: 'Refused', errmsg: 'no' };
  return toMessage(id, OP_MSG, [Buffer.alloc(5), BSON.serialize(isGreeting ? greeting() : refusal)]);
}

function greeting(): Document {
  return {
    ok: 1,
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    maxBsonObjectSize: 16 * 2 ** 20,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    minWireVersion: 0,
    maxWireVersion: 21,
    saslSupportedMechs: ['admin.SCRAM-SHA-256'],
  };
}

function toMessage(answers: number, operation: number, parts: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const whole = Buffer.concat([header, ...parts]);
  whole.writeInt32LE(whole.length, 0);
  whole.writeInt32LE(answers, 8);
  whole.writeInt32LE(operation, 12);
  return whole;
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}
