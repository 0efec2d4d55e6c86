import { BlockList, isIP } from 'node:net';

/**
 * What an address can be to us. `public`: anybody may have it. `private`: a network, or this machine, that is nobody
 * else's business. `special`: never the address of a partner.
 */
export type AddressKind = 'public' | 'private' | 'special';

const PRIVATE = listSubnets([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  // Site-local: deprecated, and still somebody's own (RFC 3879).
  'fec0::/10',
]);

/** Unspecified, protocol assignments, documentation, benchmarking, relays, multicast and what is reserved (RFC 6890). */
const SPECIAL = listSubnets([
  '0.0.0.0/8',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Holds Teredo, ORCHID and benchmarking.
  '2001::/23',
  '2001:db8::/32',
  // 6to4 carries any IPv4 address.
  '2002::/16',
  '3fff::/20',
]);

/** All that is given out of IPv6 (RFC 4291, 2.4): mapped, compatible and NAT64 addresses are outside of it. */
const GIVEN_OUT = listSubnets(['2000::/3']);

function listSubnets(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', bits] = subnet.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

/**
 * Says what kind an IP address is; what is no address is `special`.
 * @param address without brackets; a zone behind `%` is borne
 */
export function kindOfAddress(address: string): AddressKind {
  const [plain = ''] = address.split('%');
  const version = isIP(plain);
  if (version === 0) return 'special';
  if (version === 4) {
    if (PRIVATE.check(plain, 'ipv4')) return 'private';
    return SPECIAL.check(plain, 'ipv4') ? 'special' : 'public';
  }
  if (PRIVATE.check(plain, 'ipv6')) return 'private';
  return GIVEN_OUT.check(plain, 'ipv6') && !SPECIAL.check(plain, 'ipv6') ? 'public' : 'special';
}
