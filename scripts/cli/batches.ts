/** Objects that go in one submission. */
export interface Batch {
  readonly count: number;
  /** An envelope of the objects' own texts. */
  readonly body: Uint8Array;
}

export interface BatchLimits {
  readonly maxObjects: number;
  readonly maxBytes: number;
}

const BATCH_LIMITS: BatchLimits = { maxObjects: 5000, maxBytes: 8 * 2 ** 20 };

/**
 * Splits an upload into envelopes, in order; objects stay byte for byte. An object that is larger than `maxBytes`
 * goes alone.
 */
export function* toBatches(
  texts: readonly string[],
  limits: BatchLimits = BATCH_LIMITS,
): Generator<Batch, void> {
  let from = 0;
  let bytes = 0;
  for (const [index, text] of texts.entries()) {
    const length = Buffer.byteLength(text) + 1;
    const isFull = index - from >= limits.maxObjects || bytes + length > limits.maxBytes;
    if (isFull && index > from) {
      yield toBatch(texts.slice(from, index));
      from = index;
      bytes = 0;
    }
    bytes += length;
  }
  if (from < texts.length) yield toBatch(texts.slice(from));
}

function toBatch(texts: readonly string[]): Batch {
  return { count: texts.length, body: Buffer.from(`{"objects":[${texts.join(',')}]}`) };
}
