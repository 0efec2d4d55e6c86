/** One piece of DER (ITU-T X.690): its tag, what it holds, and all of its bytes. */
export interface Piece {
  readonly tag: number;
  readonly body: Buffer;
  readonly whole: Buffer;
}

/**
 * Reads the pieces that stand one after the other.
 * @throws RangeError when the bytes are no DER: a tag above 30, a length without an end, or too few bytes
 */
export function readPieces(bytes: Buffer): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length;) {
    const piece = readPiece(bytes, at);
    pieces.push(piece);
    at += piece.whole.length;
  }
  return pieces;
}

/**
 * Reads an object identifier.
 * @returns its arcs with dots between them
 * @throws RangeError when an arc is above 2^53, begins with nothing (two forms for one), or has no end
 */
export function toDottedOid(body: Buffer): string {
  const arcs: number[] = [];
  let arc = 0;
  let isBegun = false;
  for (const byte of body) {
    if (!isBegun && byte === 0x80) throw new RangeError('an arc begins with nothing');
    isBegun = (byte & 0x80) !== 0;
    arc = arc * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(arc)) throw new RangeError('an arc is too large');
    if (isBegun) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [head, ...rest] = arcs;
  if (head === undefined || isBegun) throw new RangeError('an arc has no end');
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join('.');
}

function readPiece(bytes: Buffer, at: number): Piece {
  const tag = bytes.readUInt8(at);
  if ((tag & 0x1f) === 0x1f) throw new RangeError('the tag is too large');
  const first = bytes.readUInt8(at + 1);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) throw new RangeError('the length is not that of DER');
  const start = at + 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
  const end = start + length;
  if (end > bytes.length) throw new RangeError('the bytes end early');
  return { tag, body: bytes.subarray(start, end), whole: bytes.subarray(at, end) };
}
