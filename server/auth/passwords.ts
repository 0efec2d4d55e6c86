import { scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../domain/errors.ts';
import type { Ids } from '../domain/ids.ts';
import { isTokenShaped } from './tokens.ts';

/** What a hash costs: N = 2^log2N blocks of 128 * r bytes, p times over. */
export interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

export interface PasswordHasherOptions {
  readonly ids: Pick<Ids, 'secret'>;
  /** Of new hashes; those already stored keep theirs. */
  readonly cost?: ScryptCost;
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
}

export interface PasswordHasher {
  /**
   * Hashes a password of 1 to 1024 bytes of UTF-8 with a new salt.
   * @returns PHC text: `$scrypt$ln=15,r=8,p=3$SALT$KEY`.
   * @throws AppError `input.invalid` for another length, or for a text that would be read as a token; `server.busy`.
   */
  hashPassword(password: string): Promise<string>;
  /**
   * Compares in constant time, at the cost that the stored text names.
   * @param asker who waits for it, by address: one alone gets a quarter of the waiting places at most
   * @throws AppError `server.busy`; `storage.corrupt` when `phc` is no hash of ours.
   */
  verifyPassword(password: string, phc: string, asker?: string): Promise<boolean>;
  /** PHC text at today's cost that no password matches: verifying against it takes as long as against a real one. */
  readonly unmatchable: string;
}

interface ParsedHash {
  readonly cost: ScryptCost;
  readonly salt: Uint8Array;
  readonly key: Uint8Array;
}

const DEFAULT_COST: ScryptCost = { log2N: 15, r: 8, p: 3 };
const MAX_PASSWORD_BYTES = 1024;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
// A stored text must not make the server take any amount of memory.
const MAX_HASH_MEMORY_BYTES = 256 * 1024 * 1024;
const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Makes a hasher that runs at most `maxRunning` (2) hashes at once and lets at most `maxWaiting` (64) wait. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { ids, cost = DEFAULT_COST, maxRunning = 2, maxWaiting = 64 } = options;
  const inTurn = createQueue(maxRunning, maxWaiting);
  return {
    async hashPassword(password) {
      if (!isHashable(password)) {
        throw new AppError('input.invalid', { detail: `A password has 1 to ${MAX_PASSWORD_BYTES} bytes.` });
      }
      if (isTokenShaped(password)) {
        throw new AppError('input.invalid', { detail: 'A password must not look like an API token.' });
      }
      const salt = ids.secret(SALT_BYTES);
      const key = await inTurn(undefined, () => deriveKey(password, salt, KEY_BYTES, cost));
      return formatPhc({ cost, salt, key });
    },
    async verifyPassword(password, phc, asker) {
      const stored = parsePhc(phc);
      if (!isHashable(password)) return false;
      const derive = (): Promise<Buffer> => deriveKey(password, stored.salt, stored.key.length, stored.cost);
      const key = await inTurn(asker, derive);
      return timingSafeEqual(key, stored.key);
    },
    unmatchable: formatPhc({ cost, salt: ids.secret(SALT_BYTES), key: new Uint8Array(KEY_BYTES) }),
  };
}

function isHashable(password: string): boolean {
  const bytes = Buffer.byteLength(password, 'utf8');
  return bytes >= 1 && bytes <= MAX_PASSWORD_BYTES;
}

function deriveKey(password: string, salt: Uint8Array, bytes: number, cost: ScryptCost): Promise<Buffer> {
  const N = 2 ** cost.log2N;
  // OpenSSL wants room for N + p blocks and two more.
  const maxmem = 128 * cost.r * (N + cost.p + 2) + 1024;
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, { N, r: cost.r, p: cost.p, maxmem }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function formatPhc({ cost, salt, key }: ParsedHash): string {
  return `$scrypt$ln=${cost.log2N},r=${cost.r},p=${cost.p}$${toUnpadded(salt)}$${toUnpadded(key)}`;
}

function toUnpadded(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '');
}

function parsePhc(text: string): ParsedHash {
  const [, log2N, r, p, salt, key] = PHC.exec(text) ?? [];
  if (salt === undefined || key === undefined) throw unreadable();
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const isPayable = cost.log2N >= 1 && cost.r >= 1 && cost.p >= 1 && cost.p <= 16;
  if (!isPayable || 128 * cost.r * 2 ** cost.log2N > MAX_HASH_MEMORY_BYTES) throw unreadable();
  return { cost, salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

function unreadable(): AppError {
  return new AppError('storage.corrupt', { cause: new Error('a stored password hash cannot be read') });
}

type RunInTurn = <T>(asker: string | undefined, work: () => Promise<T>) => Promise<T>;

interface Waiting {
  readonly asker: string | undefined;
  readonly proceed: () => void;
}

function createQueue(maxRunning: number, maxWaiting: number): RunInTurn {
  let running = 0;
  const waiting: Waiting[] = [];
  // Whoever floods the queue leaves places to the others.
  const share = Math.max(1, Math.floor(maxWaiting / 4));

  function hasRoomFor(asker: string | undefined): boolean {
    if (waiting.length >= maxWaiting) return false;
    return asker === undefined || waiting.filter((each) => each.asker === asker).length < share;
  }

  return async (asker, work) => {
    if (running < maxRunning) {
      running += 1;
    } else {
      if (!hasRoomFor(asker)) throw new AppError('server.busy', { retryAfterSeconds: 1 });
      // Whoever ends hands its place over, so `running` stays as it is.
      await new Promise<void>((proceed) => waiting.push({ asker, proceed }));
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next.proceed();
      else running -= 1;
    }
  };
}
