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
