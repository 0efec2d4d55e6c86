import { lookup as resolveName, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { PartnerFault } from '../partner-fault.ts';
import { kindOfAddress } from './address-kinds.ts';

/** What may be connected to. */
export interface AddressRules {
  /** Addresses that are not public are allowed too. */
  readonly allowPrivate: boolean;
  /** Nothing but private addresses: what goes there is not encrypted. */
  readonly onlyPrivate: boolean;
}

/** Plain HTTP goes to allowed private addresses alone. */
export function toAddressRules(protocol: string, allowPrivate: boolean): AddressRules {
  return { allowPrivate, onlyPrivate: protocol === 'http:' };
}

/**
 * @param address an IP address; `name` is what it was found by
 * @throws PartnerFault `address.refused`
 */
function requireAddress(address: string, name: string, rules: AddressRules): void {
  const kind = kindOfAddress(address);
  const what = address === name ? address : `${name} has the address ${address}, which`;
  if (kind !== 'public' && !rules.allowPrivate) {
    throw new PartnerFault(
      'address.refused',
      `${what} is not a public address. If the partner is in your own network, say --allow-private.`,
    );
  }
  if (kind !== 'private' && rules.onlyPrivate) {
    throw new PartnerFault(
      'address.refused',
      `${what} is not a private address, and plain http goes to these alone: use https.`,
    );
  }
}

/** @throws PartnerFault `address.refused` when the host is an address that is refused; names are looked up later */
export function requireHost(host: string, rules: AddressRules): void {
  if (isIP(host) !== 0) requireAddress(host, host, rules);
}

/** All addresses of a name, as `dns.lookup` gives them. */
export type ResolveName = (
  name: string,
  options: LookupOptions & { readonly all: true },
  callback: (error: Error | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Makes the lookup of a connection: it refuses a name as soon as one of its addresses is refused, and the connection
 * uses the very addresses that were checked.
 */
export function createCheckedLookup(rules: AddressRules, resolve: ResolveName = resolveName): LookupFunction {
  return (name, options, callback) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const [first] = error ? [] : addresses;
      if (error || !first) {
        callback(error ?? new PartnerFault('address.unknown', `${name} has no address.`), '');
        return;
      }
      try {
        for (const { address } of addresses) requireAddress(address, name, rules);
      } catch (refusal) {
        callback(refusal instanceof Error ? refusal : new Error('refused', { cause: refusal }), '');
        return;
      }
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}
