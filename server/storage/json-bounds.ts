/** Texts below this are parsed without a look at them first: whatever stands in them takes bounded room. */
const SHORT_CHARACTERS = 4 * 2 ** 20;
/** More than the outcomes of the largest submission have; a parsed value takes up to some 100 bytes. */
const MAX_VALUES = 8_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/**
 * Whether a text would take far more room parsed than it takes itself, because it is long and has hardly anything
 * but small values: 64 MiB of `[],` are some gigabytes. It need not be JSON.
 */
export function isOverbuilt(text: string): boolean {
  if (text.length < SHORT_CHARACTERS) return false;
  let values = 0;
  let isQuoted = false;
  for (let place = 0; place < text.length; place += 1) {
    const code = text.charCodeAt(place);
    if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted && code === BACKSLASH) place += 1;
    else if (!isQuoted && (code === COMMA || code === OPENING_BRACKET || code === OPENING_BRACE)) values += 1;
    if (values > MAX_VALUES) return true;
  }
  return false;
}

/** The members of what was parsed, when it is an object; not copied, since there may be very many. */
export function parseMembers(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}
