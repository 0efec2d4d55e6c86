import type { JsonObject } from '../../../domain/held.ts';
import { isJsonObject, memberOf } from '../../json.ts';
import { isObservable } from '../../kinds.ts';
import { show } from '../describe.ts';
import { toPointerStep } from '../faults.ts';
import { membersAt } from './members-at.ts';
import type { Subject } from './subject.ts';
import type { WarningList } from './warning-list.ts';

/** Dictionaries whose keys come from a registry, which spells them as it likes. */
const REGISTERED: ReadonlySet<string> = new Set([
  'additional_header_fields',
  'document_info_dict',
  'environment_variables',
  'exif_tags',
  'file_header_hashes',
  'hashes',
  'ipfix',
  'key',
  'options',
  'request_header',
  'startup_info',
]);
/** A part of an object whose keys are still to be looked at. */
interface Part {
  readonly value: JsonObject;
  readonly at: string;
  /** The names of properties and of extensions have rules of their own. */
  readonly isDictionary: boolean;
}

/** 142: the keys of dictionaries in an observable are in lower case (STIX 2.1, 2.4). */
export function warnOfKeys({ object, type, path }: Subject, list: WarningList): void {
  if (!isObservable(object, type)) return;
  // No recursion: an object may be as deep as its reader allows.
  const open: Part[] = [{ value: object, at: path, isDictionary: false }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, at, isDictionary } = next;
    for (const name of Object.keys(value)) {
      const isOdd = isDictionary && /[A-Z]/.test(name);
      const member = memberOf(value, name);
      const inside = isJsonObject(member) && !REGISTERED.has(name) ? member : undefined;
      if (!isOdd && !inside) continue;
      const below = `${at}${toPointerStep(name)}`;
      if (isOdd) list.add(142, below, () => `expected a key in lower case, found ${show(name)}`);
      if (!inside) continue;
      open.push({ value: inside, at: below, isDictionary: value !== object || name !== 'extensions' });
    }
  }
}

/** 141: the keys of observed data's objects are whole numbers (STIX 2.1, 4.14). */
export function warnOfObjectKeys({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'observed-data') return;
  for (const name of Object.keys(membersAt(object, ['objects']))) {
    if (/^\d+$/.test(name)) continue;
    const at = `${path}/objects${toPointerStep(name)}`;
    list.add(141, at, () => `expected a whole number as a key, such as "0", found ${show(name)}`);
  }
}

/** 149: the name of a priority (STIX 2.1, 6.13.2). */
export function warnOfPriority({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'process') return;
  const priority = memberOf(membersAt(object, ['extensions', 'windows-process-ext']), 'priority');
  if (typeof priority !== 'string' || /[^]_CLASS$/.test(priority.slice(-7))) return;
  const at = `${path}/extensions/windows-process-ext/priority`;
  list.add(149, at, () => `expected a name that ends in _CLASS, found ${show(priority)}`);
}

/** 301: both ports (STIX 2.1, 6.12). */
export function warnOfPorts({ object, type, path }: Subject, list: WarningList): void {
  if (type !== 'network-traffic') return;
  const missing = ['src_port', 'dst_port'].filter((name) => memberOf(object, name) === undefined);
  if (missing.length > 0) list.add(301, path, () => `lacks ${missing.join(' and ')}`);
}
