import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Behaviour, PostedObject } from './behaviour.ts';
import type { SeenRequest } from './request-log.ts';
import { TAXII_TYPE, toError, type Answer } from './sending.ts';
import { versionOf, type PartnerStock } from './stock.ts';

interface Outcome {
  readonly id: string;
  readonly version: string;
  readonly message?: string;
}

/** What became of one envelope. */
interface Receipt {
  readonly id: string;
  readonly successes: readonly Outcome[];
  readonly failures: readonly Outcome[];
  pollsLeft: number;
}

export interface Reception {
  /** POST to a collection (TAXII 2.1, 5.5). */
  receive(stock: PartnerStock, body: Buffer | undefined, seen: SeenRequest, behaviour: Behaviour): Answer;
  /** GET of a status (TAXII 2.1, 4.3). */
  readStatus(id: string): Answer;
  /** As if the partner had been started anew. */
  forget(): void;
}

export const DEFAULT_MAX_CONTENT = 1_000_000;

/** @returns the body; undefined when it is larger than the partner takes */
export async function readBody(
  request: IncomingMessage,
  seen: SeenRequest,
  { maxContentLength = DEFAULT_MAX_CONTENT }: Behaviour,
): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  for await (const piece of request) {
    const bytes = parsePiece(piece);
    seen.bytesIn += bytes.length;
    if (seen.bytesIn <= maxContentLength) pieces.push(bytes);
  }
  return seen.bytesIn <= maxContentLength ? Buffer.concat(pieces) : undefined;
}

export function createReception(): Reception {
  const receipts = new Map<string, Receipt>();
  return {
    receive(stock, body, seen, behaviour) {
      if (!body) return toError(413, 'Too large');
      if (seen.headers['content-type'] !== TAXII_TYPE) return toError(415, 'Not this type');
      const objects = parseEnvelope(body.toString());
      if (!objects) return toError(422, 'No envelope');
      seen.objects = objects.length;
      const status = behaviour.refusesEnvelope?.(objects);
      if (status !== undefined) return toError(status, 'Not these');
      const successes: Outcome[] = [];
      const failures: Outcome[] = [];
      for (const object of objects) {
        const message = behaviour.refusesObject?.(object);
        const { id } = object;
        const version = versionOf(object);
        if (message !== undefined) failures.push({ id, version, message });
        else {
          stock.add([object]);
          successes.push({ id, version });
        }
      }
      const receipt = { id: randomUUID(), successes, failures, pollsLeft: behaviour.pendingPolls ?? 0 };
      receipts.set(receipt.id, receipt);
      return toAnswer(202, receipt);
    },
    readStatus(id) {
      const receipt = receipts.get(id);
      if (!receipt) return toError(404, 'No such status');
      receipt.pollsLeft = Math.max(0, receipt.pollsLeft - 1);
      return toAnswer(200, receipt);
    },
    forget: () => receipts.clear(),
  };
}

function toAnswer(status: number, { id, successes, failures, pollsLeft }: Receipt): Answer {
  const total = successes.length + failures.length;
  const counts =
    pollsLeft > 0
      ? {
          ...{ status: 'pending', success_count: 0, failure_count: 0, pending_count: total },
          ...(total > 0 ? { pendings: [...successes, ...failures].map(withoutMessage) } : {}),
        }
      : {
          ...{ status: 'complete', success_count: successes.length, failure_count: failures.length },
          pending_count: 0,
          ...(successes.length > 0 ? { successes } : {}),
          ...(failures.length > 0 ? { failures } : {}),
        };
  return {
    status,
    headers: { 'Content-Type': TAXII_TYPE },
    body: JSON.stringify({ id, total_count: total, ...counts }),
  };
}

function withoutMessage({ id, version }: Outcome): Outcome {
  return { id, version };
}

function parsePiece(piece: unknown): Buffer {
  if (!Buffer.isBuffer(piece)) throw new Error('a body came as text');
  return piece;
}

function parseEnvelope(text: string): readonly PostedObject[] | undefined {
  try {
    return (JSON.parse(text) as { readonly objects?: readonly PostedObject[] }).objects;
  } catch {
    return undefined;
  }
}
