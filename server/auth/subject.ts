import { readPieces, toDottedOid, type Piece } from './der.ts';

/** Attributes that are written with a name, as OpenSSL writes them; any other is written as its identifier. */
const NAMES = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'serialNumber'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'street'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'title'],
  ['2.5.4.13', 'description'],
  ['2.5.4.15', 'businessCategory'],
  ['2.5.4.17', 'postalCode'],
  ['2.5.4.20', 'telephoneNumber'],
  ['2.5.4.41', 'name'],
  ['2.5.4.42', 'GN'],
  ['2.5.4.43', 'initials'],
  ['2.5.4.44', 'generationQualifier'],
  ['2.5.4.45', 'x500UniqueIdentifier'],
  ['2.5.4.46', 'dnQualifier'],
  ['2.5.4.65', 'pseudonym'],
  ['2.5.4.72', 'role'],
  ['2.5.4.97', 'organizationIdentifier'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
  ['1.2.840.113549.1.9.2', 'unstructuredName'],
  ['1.3.6.1.4.1.311.60.2.1.3', 'jurisdictionC'],
]);
const KNOWN_NAMES: ReadonlySet<string> = new Set(NAMES.values());

const UTF8_STRING = 0x0c;
/** Kinds of strings, by tag, with so many bytes for each character (ITU-T X.690, 8.23). */
const CHARACTER_BYTES = new Map([
  [0x12, 1],
  [0x13, 1],
  [0x14, 1],
  [0x16, 1],
  [0x1a, 1],
  [0x1c, 4],
  [0x1e, 2],
]);
const EXPLICIT_VERSION = 0xa0;

const ATTRIBUTE = /([A-Za-z0-9.]+)=((?:[^\\,+"<>;]|\\[0-9A-F]{2}|\\[ #,+"\\<>;])*)([,+]|$)/y;
const OID = /^[0-2](?:\.(?:0|[1-9]\d{0,15}))+$/;
const HEX = /^#(?:[0-9A-F]{2}){2,}$/;
const ESCAPE = /\\([0-9A-F]{2}|.)/gs;

/**
 * The subject of a certificate as one line of ASCII (RFC 2253): the last attribute of the certificate first, with the
 * escapes of `openssl x509 -noout -subject -nameopt RFC2253`. It is read from the bytes, so two different subjects
 * never have the same text: a comma, a plus or a line end in a value is escaped.
 * @param certificate in DER
 * @returns undefined when it is empty or cannot be read
 */
export function toSubject(certificate: Buffer): string | undefined {
  try {
    return findName(certificate).map(toRelativeName).reverse().join(',') || undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Whether a text is, letter for letter, what `toSubject` makes of some subject. */
export function isCanonicalSubject(text: string): boolean {
  ATTRIBUTE.lastIndex = 0;
  for (;;) {
    const [whole, type = '', value = '', separator] = ATTRIBUTE.exec(text) ?? [];
    if (whole === undefined || !isCanonicalAttribute(type, value)) return false;
    if (separator === '') return true;
  }
}

function isCanonicalAttribute(type: string, value: string): boolean {
  if (!KNOWN_NAMES.has(type)) return OID.test(type) && !NAMES.has(type) && HEX.test(value);
  return HEX.test(value) ? !isString(parseInt(value.slice(1, 3), 16)) : isCanonicalValue(value);
}

function isCanonicalValue(value: string): boolean {
  const bytes = value.replace(ESCAPE, (_, escaped: string) =>
    escaped.length === 2 ? String.fromCharCode(parseInt(escaped, 16)) : escaped,
  );
  try {
    return escapeValue(decodeUtf8(Buffer.from(bytes, 'latin1'))) === value;
  } catch {
    return false;
  }
}

/** The subject's sequence: after version, serial number, algorithm, issuer and validity (RFC 5280, 4.1). */
function findName(certificate: Buffer): readonly Piece[] {
  const [whole] = readPieces(certificate);
  const [signed] = readPieces(take(whole).body);
  const fields = readPieces(take(signed).body);
  const subject = fields[fields[0]?.tag === EXPLICIT_VERSION ? 5 : 4];
  return readPieces(take(subject).body);
}

/** Its attributes are a set; they are written from the last to the first, like the names. */
function toRelativeName({ body }: Piece): string {
  return readPieces(body).map(toAttribute).reverse().join('+');
}

function toAttribute({ body }: Piece): string {
  const [type, value] = readPieces(body);
  const oid = toDottedOid(take(type).body);
  const { tag, body: bytes, whole } = take(value);
  const name = NAMES.get(oid);
  const text = name === undefined ? undefined : toText(tag, bytes);
  return `${name ?? oid}=${text === undefined ? `#${whole.toString('hex').toUpperCase()}` : escapeValue(text)}`;
}

function isString(tag: number): boolean {
  return tag === UTF8_STRING || CHARACTER_BYTES.has(tag);
}

/** @returns undefined for what is no string. @throws RangeError or TypeError for characters that there are not */
function toText(tag: number, bytes: Buffer): string | undefined {
  if (tag === UTF8_STRING) return decodeUtf8(bytes);
  const width = CHARACTER_BYTES.get(tag);
  if (width === undefined) return undefined;
  let text = '';
  for (let at = 0; at < bytes.length; at += width) {
    const code = bytes.readUIntBE(at, width);
    if (code >= 0xd800 && code <= 0xdfff) throw new RangeError('half a character');
    text += String.fromCodePoint(code);
  }
  return text;
}

/** A mark of byte order is a character like any other: another name begins without it. */
function decodeUtf8(bytes: Buffer): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** RFC 2253, 2.4, with every byte that is no printable ASCII as two digits. */
function escapeValue(text: string): string {
  let escaped = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (byte < 0x20 || byte > 0x7e) escaped += `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    else escaped += ',+"\\<>;'.includes(character) ? `\\${character}` : character;
  }
  // A blank at an end, or a number sign with something behind it, would be lost or mean something else.
  return escaped.replace(/ $/, '\\ ').replace(/^[ #](?=.)/, '\\$&');
}

function take(piece: Piece | undefined): Piece {
  if (piece === undefined) throw new RangeError('a part is missing');
  return piece;
}
