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

const BATCH_LIMITS: BatchLimits = { maxObjects: 5000, maxBytes: 4 * 2 ** 20 };

/**
 * Splits an upload into envelopes, in order; objects stay byte for byte. An object that is larger than `maxBytes`
 * goes alone.
 */
export function* toBatches(
  texts: Iterable<string>,
  limits: BatchLimits = BATCH_LIMITS,
): Generator<Batch, void> {
  const box = new Box(limits);
  for (const text of texts) yield* box.add(Buffer.from(text));
  yield* box.empty();
}

/** The same of objects that come a few at a time: no more than an envelope of them is held besides those. */
export async function* toBatchesAsTheyCome(
  objects: AsyncIterable<readonly Uint8Array[]>,
  limits: BatchLimits = BATCH_LIMITS,
): AsyncGenerator<Batch, void> {
  const box = new Box(limits);
  for await (const some of objects) for (const object of some) yield* box.add(object);
  yield* box.empty();
}

const START = Buffer.from('{"objects":[');
const COMMA = Buffer.from(',');
const END = Buffer.from(']}');

/** Takes objects until an envelope is full. */
class Box {
  readonly #limits: BatchLimits;
  #objects: Uint8Array[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  /** @returns the envelope that was full before, when it was */
  add(object: Uint8Array): readonly Batch[] {
    const { maxObjects, maxBytes } = this.#limits;
    const bytes = object.length + COMMA.length;
    const isFull = this.#objects.length >= maxObjects || this.#bytes + bytes > maxBytes;
    const full = isFull ? this.empty() : [];
    this.#objects.push(object);
    this.#bytes += bytes;
    return full;
  }

  /** @returns the envelope of what is left, when anything is */
  empty(): readonly Batch[] {
    const count = this.#objects.length;
    if (count === 0) return [];
    const parts = this.#objects.flatMap((object) => [COMMA, object]).slice(1);
    this.#objects = [];
    this.#bytes = 0;
    return [{ count, body: Buffer.concat([START, ...parts, END]) }];
  }
}
