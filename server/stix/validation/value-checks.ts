import { isDomainName, isEmailAddress, isIpv4, isIpv6 } from '../values/addresses.ts';
import { isCpe23 } from '../values/cpe.ts';
import type { ListChecks } from '../values/list-checks.ts';
import { isUri } from '../values/uri.ts';
import { isRealTime } from './times.ts';

/** The checks of single texts that schemas name with `check`. */
export type ValueChecks = ReadonlyMap<string, (text: string) => boolean>;

export function createValueChecks(lists: ListChecks): ValueChecks {
  return new Map([
    ['real-time', isRealTime],
    ['uri', isUri],
    ['base64', isBase64],
    ['language', lists.isLanguageTag],
    ['software-language', lists.isSoftwareLanguage],
    ['cpe', isCpe23],
    ['media-type', lists.isMediaType],
    ['character-set', lists.isCharacterSet],
    ['ipv4', isIpv4],
    ['ipv6', isIpv6],
    ['domain-name', isDomainName],
    ['email-address', isEmailAddress],
  ]);
}

/** RFC 4648, 4, with its padding. In code, as a repeated group of any length overflows the stack of some engines. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
