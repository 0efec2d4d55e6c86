import { PartnerFault } from '../partner-fault.ts';
import { describeUrl } from './partner-urls.ts';
import type { Redaction } from './redaction.ts';

/** Why a connection did not come about or broke, by the code of the error. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['EAI_AGAIN', 'the name service did not answer'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['ECONNRESET', 'the partner broke it off'],
  ['EPIPE', 'the partner broke it off'],
  ['EHOSTUNREACH', 'there is no way to the host'],
  ['ENETUNREACH', 'there is no way to the network'],
  ['ETIMEDOUT', 'nobody answered'],
  ['UND_ERR_SOCKET', 'the partner broke it off before the answer was complete'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the answer is longer or shorter than its Content-Length'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the headers of the answer are too large'],
  ['Z_BUF_ERROR', 'the compressed answer is cut short'],
  ['Z_DATA_ERROR', 'the compressed answer is damaged'],
]);

const BROKEN: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);
const OWN_CERTIFICATE = 'Check the client certificate and its key.';
const CA_FILE = 'If it is an authority of your own, name its certificate with --ca-file.';

/** Why TLS failed, in plain words, and what to do. */
const TLS_REASONS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'The certificate of the partner has expired: tell the partner.'],
  ['CERT_NOT_YET_VALID', 'The certificate of the partner is not valid yet: check the clock of this machine.'],
  ['CERT_REVOKED', 'The certificate of the partner was revoked: tell the partner.'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'The certificate of the partner is for another name: check the URL.'],
  ['HOSTNAME_MISMATCH', 'The certificate of the partner is for another name: check the URL.'],
  ...[
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'CERT_UNTRUSTED',
    'INVALID_CA',
  ].map((code): [string, string] => [
    code,
    `The certificate of the partner is from an authority that is not known here. ${CA_FILE}`,
  ]),
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'The partner does not speak TLS on this port: check the URL.'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'The partner does not speak TLS on this port: check the URL.'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'The partner speaks no TLS 1.2 or newer: tell the partner.'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'The partner speaks no TLS 1.2 or newer: tell the partner.'],
]);

/** The client's own errors for what TLS, or its certificates, did. */
const TLS_CODE = /^(?:ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_)/;

/**
 * Turns what a connection threw into what an operator can act on. A `PartnerFault` stays what it is.
 */
export function toConnectionFault(
  error: unknown,
  { method, url }: { readonly method: string; readonly url: URL },
  redaction: Redaction,
): PartnerFault {
  if (error instanceof PartnerFault) return error;
  const where = `${method} ${describeUrl(url)}`;
  const code = codeOf(error);
  const cause = toCause(error, redaction);
  const tls = tlsReason(code);
  if (tls !== undefined) return new PartnerFault('tls.failed', tls, { cause });
  if (code === 'ENOTFOUND') {
    const detail = `${where}: the name of the host is not known. Check the URL, and the name service.`;
    return new PartnerFault('address.unknown', detail, { cause });
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new PartnerFault('internal', `${where}: the request could not be made.`, { cause });
  }
  const reason =
    REASONS.get(code) ?? (code.startsWith('HPE_') ? 'the answer is no HTTP' : 'the connection failed');
  // With TLS 1.3 a certificate is refused after the connection stands, often without a word.
  const hint =
    url.protocol === 'https:' && BROKEN.has(code)
      ? ` If it wants a client certificate: ${OWN_CERTIFICATE}`
      : '';
  return new PartnerFault('connection.failed', `${where}: ${reason}.${hint}`, { cause });
}

function tlsReason(code: string): string | undefined {
  const known = TLS_REASONS.get(code);
  if (known !== undefined || !TLS_CODE.test(code)) return known;
  if (/CERTIFICATE|HANDSHAKE|UNKNOWN_CA|ACCESS_DENIED/.test(code)) {
    return `The partner refused our side of TLS (${code}). ${OWN_CERTIFICATE}`;
  }
  return `TLS failed (${code}).`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Every address of a name was tried.
  return error instanceof AggregateError && error.errors.length > 0 ? codeOf(error.errors[0]) : '';
}

/** The error with nothing of its answer in it: parsers put what they read next to their errors. */
function toCause(error: unknown, redaction: Redaction): Error {
  const message = error instanceof Error ? error.message : 'not an error';
  const code = codeOf(error);
  return new Error(`${code}${code === '' ? '' : ': '}${redaction.quote(message) ?? 'no message'}`);
}
