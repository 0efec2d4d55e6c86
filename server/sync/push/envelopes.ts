/** What one envelope may hold at most. */
export interface EnvelopeBounds {
  readonly objects: number;
  /** Of a body that several objects share, in bytes. One that is larger by itself goes alone. */
  readonly sharedBytes: number;
  /** Of any body, in bytes, as the partner says it; undefined when it does not. */
  readonly partnerBytes: number | undefined;
}

const HEAD = '{"objects":[';
const TAIL = ']}';
const FRAME_BYTES = HEAD.length + TAIL.length;

/** An envelope (TAXII 2.1, 3.7) that is being filled with the texts of objects, byte for byte. */
export interface Envelope {
  /**
   * Takes the text when there is room for it.
   * @returns `full`: it belongs to the next envelope; `too-large`: to none, as the partner takes no such body
   */
  add(text: string): 'added' | 'full' | 'too-large';
  readonly count: number;
  /** Of the body as it stands, exactly. */
  readonly bytes: number;
  toBody(): Uint8Array;
}

/** Starts an empty envelope. */
export function createEnvelope({ objects, sharedBytes, partnerBytes }: EnvelopeBounds): Envelope {
  const texts: string[] = [];
  const shared = Math.min(sharedBytes, partnerBytes ?? sharedBytes);
  let bytes = FRAME_BYTES;
  return {
    add(text) {
      const size = Buffer.byteLength(text);
      if (partnerBytes !== undefined && FRAME_BYTES + size > partnerBytes) return 'too-large';
      if (texts.length > 0) {
        const grown = bytes + 1 + size;
        if (texts.length >= objects || grown > shared) return 'full';
        bytes = grown;
      } else bytes += size;
      texts.push(text);
      return 'added';
    },
    get count() {
      return texts.length;
    },
    get bytes() {
      return bytes;
    },
    toBody: () => Buffer.from(`${HEAD}${texts.join(',')}${TAIL}`),
  };
}
