import { lengthAsALabel } from './idna-label.ts';

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;
const DOTTED_QUAD = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}(?:/(?:3[0-2]|[12]?\\d))?$`);
const IPV6_PREFIX_LENGTH = /^(?:12[0-8]|1[01]\d|[1-9]?\d)$/;
const HEXTET = /^[0-9a-f]{1,4}$/i;
const ZONE = /^[!-$&-.0-~]{1,64}$/;
const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;

const MAX_IPV4 = '255.255.255.255/32'.length;
/** Eight groups with IPv4 at the end, a zone, a prefix length. */
const MAX_IPV6 = 120;
/** RFC 1035, 2.3.4, without the length octets of the first label and of the root. */
const MAX_DOMAIN = 253;
const MAX_LABEL = 63;
/** Room for labels outside ASCII, which are measured in the form they have in the DNS. */
const MAX_DOMAIN_AS_WRITTEN = 1024;
/** RFC 5322, 2.1.1. */
const MAX_EMAIL = 998;

const HYPHEN = 0x2d;

/** Whether a text is an IPv4 address or a CIDR block of them, in decimal without leading zeros. */
export function isIpv4(text: string): boolean {
  return text.length <= MAX_IPV4 && IPV4.test(text);
}

/** Whether a text is an IPv6 address (RFC 4291, 2.2), with or without a zone (RFC 4007, 11), or a CIDR block. */
export function isIpv6(text: string): boolean {
  if (text.length > MAX_IPV6) return false;
  const slash = text.lastIndexOf('/');
  if (slash !== -1 && !IPV6_PREFIX_LENGTH.test(text.slice(slash + 1))) return false;
  const address = slash === -1 ? text : text.slice(0, slash);
  const percent = address.indexOf('%');
  if (percent === -1) return isIpv6Literal(address);
  return ZONE.test(address.slice(percent + 1)) && isIpv6Literal(address.slice(0, percent));
}

/** Whether a text is one IPv6 address without zone or prefix length. */
export function isIpv6Literal(text: string): boolean {
  if (text.length > MAX_IPV6) return false;
  const gap = text.indexOf('::');
  if (gap === -1) return countGroups(text) === 8;
  const before = gap === 0 ? 0 : countGroups(text.slice(0, gap));
  const rest = text.slice(gap + 2);
  // IPv4 may stand at the very end alone, so the part before a gap has none.
  if (before === undefined || text.lastIndexOf('.', gap) !== -1) return false;
  const after = rest === '' ? 0 : countGroups(rest);
  return after !== undefined && before + after <= 7;
}

/** Whether a text is a MAC address as STIX writes it (2.1, 6.10): lower case, colons. */
export function isMacAddress(text: string): boolean {
  return text.length === 17 && MAC.test(text);
}

/**
 * Whether a text is a domain name (RFC 1034, RFC 5890; STIX 2.1, 6.4): labels of letters, digits and hyphens or
 * internationalised ones in either form, 63 octets each and 253 in all, with or without the dot of the root.
 * Underscores are for names of services, not of hosts or domains.
 */
export function isDomainName(text: string): boolean {
  if (text === '' || text.length > MAX_DOMAIN_AS_WRITTEN) return false;
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  let length = -1;
  for (const label of name.split('.')) {
    const octets = lengthOfLabel(label);
    if (octets === undefined || octets > MAX_LABEL) return false;
    length += octets + 1;
  }
  return length <= MAX_DOMAIN;
}

/**
 * Whether a text is an email address: the addr-spec of RFC 5322, 3.4.1, with a dot-atom on both sides and a domain
 * of two labels or more. Quoted local parts, addresses in brackets and names of single hosts do not appear in
 * what is shared, and are more often mistakes.
 */
export function isEmailAddress(text: string): boolean {
  if (text.length > MAX_EMAIL) return false;
  const at = text.indexOf('@');
  if (at < 1 || !LOCAL_PART.test(text.slice(0, at))) return false;
  const domain = text.slice(at + 1);
  return isAscii(domain) && domain.includes('.') && !domain.endsWith('.') && isDomainName(domain);
}

/** How many groups of 16 bits, IPv4 at the end being two; undefined when one is no group. */
function countGroups(text: string): number | undefined {
  const groups = text.split(':');
  const last = groups.at(-1) ?? '';
  const ipv4 = last.includes('.');
  if (ipv4) {
    if (!DOTTED_QUAD.test(last)) return undefined;
    groups.pop();
  }
  return groups.every((group) => HEXTET.test(group)) ? groups.length + (ipv4 ? 2 : 0) : undefined;
}

/** In octets, as it stands in the DNS; undefined when it is no label. */
function lengthOfLabel(label: string): number | undefined {
  if (!isAscii(label) || /^xn--/i.test(label)) return lengthAsALabel(label);
  const { length } = label;
  if (length === 0 || label.charCodeAt(0) === HYPHEN || label.charCodeAt(length - 1) === HYPHEN)
    return undefined;
  return /^[a-z0-9-]+$/i.test(label) ? length : undefined;
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}
