/** Texts below this are parsed without a look at them first: whatever stands in them takes bounded room. */
const SHORT_CHARACTERS = 16 * 2 ** 20;
/** More lists and objects than the outcomes of the largest submission have; a parsed one takes some 50 bytes. */
const MAX_OPENINGS = 4_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENINGS: readonly number[] = [0x5b, 0x7b];

/**
 * Whether a text would take far more room parsed than it takes itself, because it is long and hardly anything but
 * brackets: 64 MiB of `[],` are more than a gigabyte. It need not be JSON.
 */
export function isOverbuilt(text: string): boolean {
  if (text.length < SHORT_CHARACTERS) return false;
  let openings = 0;
  let isQuoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted && code === BACKSLASH) place += 1;
    else if (!isQuoted && OPENINGS.includes(code)) openings += 1;
    if (openings > MAX_OPENINGS) return true;
  }
  return false;
}
