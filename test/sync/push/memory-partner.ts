import { randomUUID } from 'node:crypto';
import type {
  Bill,
  PartnerFailure,
  PartnerStatus,
  TaxiiClient,
} from '../../../server/sync/client/taxii-client.ts';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { parseVersionKey } from '../../../server/domain/timestamp.ts';

export interface TakenObject {
  readonly id: string;
  readonly type: string;
  readonly modified?: string;
  readonly [name: string]: unknown;
}

/** What the partner does in its own way; all may be changed while it runs. */
export interface MemoryBehaviour {
  /** What its API root says. */
  maxContentLength?: number;
  /** The largest body in bytes; a larger one is 413. */
  takesBytes?: number;
  /** A status for the whole envelope. */
  refusesEnvelope?: (objects: readonly TakenObject[]) => number | undefined;
  /** Why one object fails. */
  refusesObject?: (object: TakenObject) => string | undefined;
  /** Statuses are pending for so many questions. */
  pendingPolls?: number;
  /** Thrown by the questions for a status. */
  statusFault?: PartnerFault;
  canWrite?: boolean;
  /** Asked before each call. */
  before?: (call: string) => void | Promise<void>;
}

/** A partner behind the client's interface: what a client gives back is what counts here, not how it gets it. */
export interface MemoryPartner {
  readonly client: TaxiiClient;
  readonly behaviour: MemoryBehaviour;
  /** Every body that was sent, as text, also those that were refused. */
  readonly bodies: readonly string[];
  readonly calls: readonly string[];
  /** What it holds: the texts by id and version, as first taken. */
  readonly held: ReadonlyMap<string, string>;
  /** Forgets all statuses. */
  forget(): void;
}

const API_ROOT = 'https://partner.example/api/';
export const PARTNER_URL = API_ROOT;
export const PARTNER_COLLECTION = '5f8d1c2e-3b4a-4c6d-8e9f-0a1b2c3d4e5f';

interface Receipt {
  readonly status: PartnerStatus;
  pollsLeft: number;
}

export function createMemoryPartner(behaviour: MemoryBehaviour = {}): MemoryPartner {
  const bodies: string[] = [];
  const calls: string[] = [];
  const held = new Map<string, string>();
  const receipts = new Map<string, Receipt>();
  let bytesOut = 0;

  const enter = async (call: string): Promise<void> => {
    calls.push(call);
    await behaviour.before?.(call);
  };
  const take = (texts: readonly string[]): PartnerStatus => {
    const failures: PartnerFailure[] = [];
    for (const text of texts) {
      const object = parseObject(text);
      const message = behaviour.refusesObject?.(object);
      if (message !== undefined) failures.push({ id: object.id, version: object.modified, message });
      else {
        const key = `${object.id} ${object.modified === undefined ? '' : parseVersionKey(object.modified)}`;
        if (!held.has(key)) held.set(key, text);
      }
    }
    return {
      id: randomUUID(),
      isComplete: true,
      successCount: texts.length - failures.length,
      failureCount: failures.length,
      pendingCount: 0,
      failures,
    };
  };
  const show = ({ status, pollsLeft }: Receipt): PartnerStatus =>
    pollsLeft === 0
      ? status
      : {
          ...status,
          ...{ isComplete: false, successCount: 0, failureCount: 0, failures: [] },
          pendingCount: status.successCount + status.failureCount,
        };
  const client: TaxiiClient = {
    async readService() {
      await enter('readService');
      return { kind: 'api-root', maxContentLength: behaviour.maxContentLength };
    },
    async listCollections() {
      await enter('listCollections');
      const canWrite = behaviour.canWrite ?? true;
      return [{ id: PARTNER_COLLECTION, title: 'Shared', alias: undefined, canRead: true, canWrite }];
    },
    readObjects: () => Promise.reject(new Error('a push reads no objects')),
    readManifest: () => Promise.reject(new Error('a push reads no manifest')),
    async addObjects(address, body) {
      await enter('addObjects');
      const text = Buffer.from(body).toString();
      bodies.push(text);
      bytesOut += body.byteLength;
      if (address.collection !== PARTNER_COLLECTION)
        throw new PartnerFault('not-found', 'No such collection.');
      if (body.byteLength > (behaviour.takesBytes ?? Infinity)) {
        throw new PartnerFault('request.too-large', 'Too large.', { status: 413 });
      }
      const texts = splitEnvelope(text);
      const refused = behaviour.refusesEnvelope?.(texts.map(parseObject));
      if (refused !== undefined) {
        throw new PartnerFault('request.refused', `It answered ${refused}.`, { status: refused });
      }
      const receipt = { status: take(texts), pollsLeft: behaviour.pendingPolls ?? 0 };
      receipts.set(receipt.status.id ?? '', receipt);
      return show(receipt);
    },
    async readStatus(_, id) {
      await enter('readStatus');
      if (behaviour.statusFault) throw behaviour.statusFault;
      const receipt = receipts.get(id);
      if (!receipt) throw new PartnerFault('not-found', 'No such status.', { status: 404 });
      receipt.pollsLeft = Math.max(0, receipt.pollsLeft - 1);
      return show(receipt);
    },
    bill: (): Bill => ({ requests: calls.length, bytesIn: 0, bytesOut }),
    close: () => Promise.resolve(),
  };
  return { client, behaviour, bodies, calls, held, forget: () => receipts.clear() };
}

/** The texts of an envelope of which each object is one line of JSON without a line break, as the tests write them. */
export function splitEnvelope(body: string): readonly string[] {
  const { objects } = parseEnvelope(body);
  const texts = objects.map((object) => JSON.stringify(object));
  if (body !== `{"objects":[${texts.join(',')}]}`) throw new Error('the envelope is not what was to be sent');
  return texts;
}

function parseEnvelope(text: string): { readonly objects: readonly unknown[] } {
  return JSON.parse(text) as { readonly objects: readonly unknown[] };
}

function parseObject(text: string): TakenObject {
  return JSON.parse(text) as TakenObject;
}
