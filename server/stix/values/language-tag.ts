/** The IANA Language Subtag registry, in lower case. */
export interface LanguageSubtags {
  readonly languages: ReadonlySet<string>;
  readonly extendedLanguages: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
  readonly regions: ReadonlySet<string>;
  readonly variants: ReadonlySet<string>;
}

// Longer than any tag in use; RFC 5646, 4.4.1 asks for room for 35 characters.
const MAX_LENGTH = 250;

/** RFC 5646, 2.2.8: registered before its grammar, and closed since. */
const GRANDFATHERED: ReadonlySet<string> = new Set([
  'art-lojban',
  'cel-gaulish',
  'en-gb-oed',
  'i-ami',
  'i-bnn',
  'i-default',
  'i-enochian',
  'i-hak',
  'i-klingon',
  'i-lux',
  'i-mingo',
  'i-navajo',
  'i-pwn',
  'i-tao',
  'i-tay',
  'i-tsu',
  'no-bok',
  'no-nyn',
  'sgn-be-fr',
  'sgn-be-nl',
  'sgn-ch-de',
  'zh-guoyu',
  'zh-hakka',
  'zh-min',
  'zh-min-nan',
  'zh-xiang',
]);

/** Not in the registry, but names of locales on Windows, and taken by the STIX validator of OASIS. */
const WINDOWS_LOCALES: ReadonlySet<string> = new Set(['en-cb', 'ns', 'ns-za', 'sr-cyrl-sp', 'sr-sp']);

const PRIVATE_LANGUAGE = /^q[a-t][a-z]$/;
const SCRIPT_LENGTH = 4;
const PRIVATE_SCRIPT = /^qa(?:a[a-z]|b[a-x])$/;
const PRIVATE_REGION = /^(?:q[m-z]|x[a-z])$/;
const SINGLETON = /^[0-9a-z]$/;
const EXTENSION_SUBTAG = /^[0-9a-z]{2,8}$/;
const PRIVATE_SUBTAG = /^[0-9a-z]{1,8}$/;

/**
 * Makes the check of language tags: valid in the sense of RFC 5646, 2.2.9, so well-formed, each subtag registered
 * or of private use, no variant or singleton twice. Case does not matter. What an extension means is not looked at.
 */
export function createLanguageTagCheck(subtags: LanguageSubtags): (text: string) => boolean {
  return (text) => {
    if (subtags.languages.has(text)) return true;
    if (text.length > MAX_LENGTH) return false;
    const tag = text.toLowerCase();
    if (GRANDFATHERED.has(tag) || WINDOWS_LOCALES.has(tag)) return true;
    return areValid(tag.split('-'), subtags);
  };
}

/** The parts come in one order (RFC 5646, 2.1), and all but the language may be absent. */
function areValid(parts: readonly string[], subtags: LanguageSubtags): boolean {
  if (parts[0] === 'x') return isPrivateUse(parts, 0);
  if (!isListed(parts[0], subtags.languages, PRIVATE_LANGUAGE)) return false;
  let at = 1;
  // RFC 5646, 2.2.2: a second and third extended language are reserved, and always invalid.
  if (isListed(parts[at], subtags.extendedLanguages)) at += 1;
  if (parts[at]?.length === SCRIPT_LENGTH && isListed(parts[at], subtags.scripts, PRIVATE_SCRIPT)) at += 1;
  if (isListed(parts[at], subtags.regions, PRIVATE_REGION)) at += 1;
  const firstVariant = at;
  while (isListed(parts[at], subtags.variants)) at += 1;
  if (at > firstVariant + 1 && new Set(parts.slice(firstVariant, at)).size < at - firstVariant) return false;
  return at === parts.length || endsWell(parts, at);
}

/** Extensions, each with a singleton of its own, then what is of private use. */
function endsWell(parts: readonly string[], start: number): boolean {
  const singletons = new Set<string>();
  let at = start;
  while (at < parts.length) {
    const singleton = parts[at];
    if (singleton === 'x') return isPrivateUse(parts, at);
    if (singleton === undefined || !SINGLETON.test(singleton) || singletons.has(singleton)) return false;
    singletons.add(singleton);
    const first = at + 1;
    at = first;
    while (EXTENSION_SUBTAG.test(parts[at] ?? '')) at += 1;
    if (at === first) return false;
  }
  return true;
}

function isListed(part: string | undefined, listed: ReadonlySet<string>, ofPrivateUse?: RegExp): boolean {
  return part !== undefined && (listed.has(part) || ofPrivateUse?.test(part) === true);
}

function isPrivateUse(parts: readonly string[], at: number): boolean {
  return parts.length > at + 1 && parts.slice(at + 1).every((part) => PRIVATE_SUBTAG.test(part));
}
