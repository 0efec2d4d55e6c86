import type { Ids } from '../../server/domain/ids.ts';

/** Identifiers that look random and are the same for the same seed. */
export function createFakeIds(seed: number): Ids {
  const nextByte = createByteSource(seed);
  const secret = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, nextByte);
  return {
    secret,
    uuid() {
      const hex = Buffer.from(secret(16)).toString('hex');
      const variant = (8 + (nextByte() & 3)).toString(16);
      const parts = [
        hex.slice(0, 8),
        hex.slice(8, 12),
        `4${hex.slice(13, 16)}`,
        `${variant}${hex.slice(17, 20)}`,
      ];
      return [...parts, hex.slice(20)].join('-');
    },
  };
}

// mulberry32
function createByteSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
}
