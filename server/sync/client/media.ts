/** Spellings of TAXII 2.1's media type, the specification's first; partners compare them as texts (reference, 8.2). */
const SPELLINGS = [
  'application/taxii+json;version=2.1',
  'application/taxii+json; version=2.1',
  'application/taxii+json',
] as const;

/** How a partner wants our media type written. */
export interface MediaSpelling {
  current(): string;
  /** After 406 or 415: goes on to the next spelling. @returns false when all were tried */
  advance(): boolean;
  /** Remembers that the current spelling was taken. */
  settle(): void;
}

export function createMediaSpelling(): MediaSpelling {
  let index = 0;
  let isSettled = false;
  return {
    current: () => SPELLINGS[index] ?? SPELLINGS[0],
    advance() {
      if (isSettled) return false;
      index = (index + 1) % SPELLINGS.length;
      return index !== 0;
    },
    settle() {
      isSettled = true;
    },
  };
}

/** What an answer says of itself. Anything may turn out to be JSON, but not these. */
export type StatedMedia = 'usable' | 'html' | 'taxii-2.0';

/** Judges a Content-Type leniently: partners send `application/json`, STIX types, a charset, or none. */
export function judgeMedia(contentType: string | undefined): StatedMedia {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (type.trim() === 'text/html' || type.trim() === 'application/xhtml+xml') return 'html';
  const isTaxii = type.includes('taxii');
  const versions = parameters.map((parameter) => parameter.replaceAll(/[\s"]/g, ''));
  return isTaxii && versions.includes('version=2.0') ? 'taxii-2.0' : 'usable';
}
