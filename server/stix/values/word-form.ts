const PLAIN = /^[a-z0-9.-]+$/;
const MISFIT = /[A-Z_\s]/;

/**
 * Whether a text is all lower case and has hyphens between its words (STIX 2.1, 2.11; warnings 111 and 121): no
 * capital letter, no white space, no underscore. Digits, dots and letters of other scripts may be in it.
 */
export function isLowercaseHyphenated(text: string): boolean {
  return PLAIN.test(text) || (text !== '' && !MISFIT.test(text) && text === text.toLowerCase());
}
