import type { Layout } from './layout.ts';
import type { NewRow } from './row-list.ts';
import { liveAt, type Snapshot } from './snapshot.ts';

/** Characters of one piece: at most three bytes each, well within what a document may have. */
const PIECE_CHARACTERS = 4 * 2 ** 20;
/** Bytes of one piece of a body. */
const PIECE_BYTES = 8 * 2 ** 20;

/** Cuts a text into pieces that fit into documents; at least one, none between the halves of a character. */
export function cutText(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > PIECE_CHARACTERS) {
    const end = from + PIECE_CHARACTERS;
    const to = isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end;
    pieces.push(text.slice(from, to));
    from = to;
  }
  return [...pieces, text.slice(from)];
}

/** The rows of a text that is too long for one. */
export function toPieces(key: string, text: string): readonly NewRow<'pieces'>[] {
  return cutText(text).map((piece, part) => ({ key, part, text: piece }));
}

/** Reads a text that stands in pieces. */
export async function readPieces(layout: Layout, snapshot: Snapshot, key: string): Promise<string> {
  const found = await layout
    .space('pieces')
    .find({ key, ...liveAt(snapshot) })
    .sort({ part: 1 })
    .toArray();
  return found.map((piece) => piece.text).join('');
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Cuts bytes into pieces that fit into documents; at least one. */
export function cutBytes(bytes: Uint8Array): readonly Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from === 0 || from < bytes.byteLength; from += PIECE_BYTES) {
    pieces.push(bytes.subarray(from, from + PIECE_BYTES));
  }
  return pieces;
}
