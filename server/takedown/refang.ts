/** Ways to write a dot, an at sign, a colon and a slash so that nobody follows the link by mistake. */
const DEFANGED: readonly (readonly [RegExp, string])[] = [
  [/\[:\/\/\]/g, '://'],
  [/\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\\\./gi, '.'],
  [/\[@\]|\(@\)|\{@\}|\[at\]|\(at\)|\{at\}/gi, '@'],
  [/\[:\]|\(:\)/g, ':'],
  [/\[\/\]/g, '/'],
];
const SCHEME = /^h[tx*]{2}p(s?)(?=:)/i;
/** Characters without width, which tables pick up from web pages. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;

/** Writes a value the way it is used: `hxxps[:]//example[.]org` becomes `https://example.org`. */
export function refang(text: string): string {
  let value = text.replaceAll(INVISIBLE, '').trim();
  for (const [pattern, plain] of DEFANGED) value = value.replaceAll(pattern, plain);
  return value.replace(SCHEME, 'http$1');
}

/** Whether a text holds something that was defanged: then it is meant as a value. */
export function isDefanged(text: string): boolean {
  return refang(text) !== text.replaceAll(INVISIBLE, '').trim();
}
