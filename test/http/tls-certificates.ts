import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** One attribute of a subject: its object identifier, and its text or the whole DER of its value. */
export type Attribute = readonly [type: string, value: string | Buffer];

/** The attributes in the order of the certificate; those that stand together are one of several values. */
export type Subject = readonly (readonly Attribute[])[];

export interface CertificateFile {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly subject: Subject;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** What it may be used for; `clientAuth` unless told. */
  readonly use?: 'clientAuth' | 'serverAuth';
}

export interface Authority {
  /** Its own certificate, in PEM form. */
  readonly cert: string;
  issue(options: CertificateOptions): CertificateFile;
}

export const CN = '2.5.4.3';
export const O = '2.5.4.10';
export const OU = '2.5.4.11';

const PAST = new Date('2010-01-01T00:00:00Z');
const FUTURE = new Date('2049-01-01T00:00:00Z');
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const USES = { serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2' };

/** A subject of one common name. */
export function named(name: string): Subject {
  return [[[CN, name]]];
}

/** Any piece of DER: a tag and what it holds. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  if (size < 0x80) return Buffer.concat([Buffer.from([tag, size]), body]);
  const length = size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** Makes an authority that signs its own certificate; nothing is kept, and nothing but Node is needed. */
export function makeAuthority(name: string): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = toName(named(name));
  const own = extensions([['2.5.29.19', der(0x30, bool(true)), true]]);
  return {
    cert: makeCertificate(keys.privateKey, issuer, { subject: named(name) }, keys.publicKey, own),
    issue(options) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const use = der(0x30, oid(USES[options.use ?? 'clientAuth']));
      const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])));
      const added = extensions([
        ['2.5.29.37', use, false],
        ['2.5.29.17', names, false],
      ]);
      return {
        cert: makeCertificate(keys.privateKey, issuer, options, publicKey, added),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      };
    },
  };
}

function makeCertificate(
  signer: KeyObject,
  issuer: Buffer,
  { subject, notBefore = PAST, notAfter = FUTURE }: CertificateOptions,
  publicKey: KeyObject,
  added: Buffer,
): string {
  const algorithm = der(0x30, oid(ECDSA_WITH_SHA256));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    issuer,
    der(0x30, time(notBefore), time(notAfter)),
    toName(subject),
    createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({
      type: 'spki',
      format: 'der',
    }),
    added,
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, signer));
  const text = der(0x30, body, algorithm, signature).toString('base64');
  const lines = text.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function toName(subject: Subject): Buffer {
  const toAttribute = ([type, value]: Attribute): Buffer =>
    der(0x30, oid(type), typeof value === 'string' ? der(0x0c, Buffer.from(value, 'utf8')) : value);
  // A set is written in the order of its bytes.
  const toSet = (set: readonly Attribute[]): Buffer =>
    der(0x31, ...set.map(toAttribute).sort((a, b) => a.compare(b)));
  return der(0x30, ...subject.map(toSet));
}

function extensions(list: readonly (readonly [string, Buffer, boolean])[]): Buffer {
  const all = list.map(([type, value, isCritical]) =>
    der(0x30, oid(type), ...(isCritical ? [bool(true)] : []), der(0x04, value)),
  );
  return der(0xa3, der(0x30, ...all));
}

function bool(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '');
  return der(0x17, Buffer.from(digits.slice(2)));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from(bytes));
}
