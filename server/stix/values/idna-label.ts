import { domainToASCII, domainToUnicode } from 'node:url';

const MAX_LABEL = 63;
/** RFC 5892, 2.1: letters, digits and marks, and what has a context rule. */
const ALLOWED =
  /^(?:[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\u06fd\u06fe\u3007\u00b7\u0375\u05f3\u05f4\u30fb-]|\u0f0b|\u200c|\u200d)+$/u;
/** RFC 5892, 2.6 and 2.9: marks that are no part of a name, and the old Hangul letters. */
const REFUSED = /[\u0640\u07fa\u3031-\u3035\u303b\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]|\u302e|\u302f/u;

/** RFC 5892, appendix A: what may stand only beside certain others. Joiners and digits are left to the platform. */
const CONTEXTS: readonly { readonly character: string; readonly misplaced: RegExp }[] = [
  { character: '\u00b7', misplaced: /(?<!l)\u00b7|\u00b7(?!l)/u },
  { character: '\u0375', misplaced: /\u0375(?!\p{Script=Greek})/u },
  { character: '\u05f3', misplaced: /(?<!\p{Script=Hebrew})\u05f3/u },
  { character: '\u05f4', misplaced: /(?<!\p{Script=Hebrew})\u05f4/u },
  {
    character: '\u30fb',
    misplaced: /^[^\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]+$/u,
  },
];

/**
 * How long an internationalised label is as an A-label; undefined when it is no valid U-label or A-label
 * (RFC 5890, 2.3.2.1). Capital letters, symbols and what is not normalised are not part of U-labels.
 */
export function lengthAsALabel(label: string): number | undefined {
  // No label of 63 octets has more characters than this, so nothing long reaches the platform.
  if (label.length > 2 * MAX_LABEL) return undefined;
  const lowerCase = label.toLowerCase();
  if (!lowerCase.startsWith('xn--')) return isULabel(label) ? domainToASCII(label).length : undefined;
  const unicode = domainToUnicode(lowerCase);
  // The platform also decodes escapes and leaves characters out, so it has to give back what was written.
  return isULabel(unicode) && domainToASCII(unicode) === lowerCase ? label.length : undefined;
}

function isULabel(label: string): boolean {
  if (!ALLOWED.test(label) || REFUSED.test(label)) return false;
  if (label.startsWith('-') || label.endsWith('-') || label.startsWith('--', 2)) return false;
  if (CONTEXTS.some(({ character, misplaced }) => label.includes(character) && misplaced.test(label)))
    return false;
  const ascii = domainToASCII(label);
  // What the platform maps to something else was not normalised.
  return ascii.startsWith('xn--') && domainToUnicode(ascii) === label;
}
