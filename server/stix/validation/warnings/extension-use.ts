import { INCIDENT_TAKEDOWN, MARKING_AUDIENCE, USER_ACCOUNT_PLATFORM } from '../../extension-ids.ts';
import type { JsonObject } from '../../../domain/held.ts';
import { isJsonObject, memberOf } from '../../json.ts';
import { toPointerStep } from '../faults.ts';
import { DEFINED_TYPES } from '../schema-files.ts';
import { suggestName } from './custom-names.ts';
import { membersAt } from './members-at.ts';
import type { Subject } from './subject.ts';
import type { WarningList } from './warning-list.ts';

const DEFINITION = 'extension-definition--';

/** Our extensions: their names, and the type that each one is for. */
const OURS: ReadonlyMap<string, readonly [name: string, type: string]> = new Map([
  ...[...DEFINED_TYPES].map(([id, type]) => [id, [type, type]] as const),
  [INCIDENT_TAKEDOWN, ['incident-takedown', 'incident']],
  [USER_ACCOUNT_PLATFORM, ['user-account-platform', 'user-account']],
  [MARKING_AUDIENCE, ['marking-audience', 'marking-definition']],
]);

/** The extensions that STIX has, by the type of the objects that they are for. */
const PREDEFINED: ReadonlyMap<string, readonly string[]> = new Map([
  ['file', ['archive-ext', 'ntfs-ext', 'pdf-ext', 'raster-image-ext', 'windows-pebinary-ext']],
  ['network-traffic', ['http-request-ext', 'icmp-ext', 'socket-ext', 'tcp-ext']],
  ['process', ['windows-process-ext', 'windows-service-ext']],
  ['user-account', ['unix-account-ext']],
]);

/** Whether one of an object's extensions is of such a kind. */
export function hasExtensionType(object: JsonObject, prefix: string): boolean {
  return Object.values(membersAt(object, ['extensions'])).some((extension) => {
    const kind = isJsonObject(extension) ? memberOf(extension, 'extension_type') : undefined;
    return typeof kind === 'string' && kind.startsWith(prefix);
  });
}

/** 401: extensions that are neither of STIX nor defined; and ours where they say nothing. */
export function warnOfExtensions({ object, type, path }: Subject, list: WarningList): void {
  const predefined = PREDEFINED.get(type) ?? [];
  for (const name of Object.keys(membersAt(object, ['extensions']))) {
    const at = `${path}/extensions${toPointerStep(name)}`;
    if (name.startsWith(DEFINITION)) warnOfMisplaced(name, type, at, list);
    else if (!predefined.includes(name)) list.add(401, at, () => describeExtension(name, type, predefined));
  }
}

function warnOfMisplaced(id: string, type: string, at: string, list: WarningList): void {
  const ours = OURS.get(id);
  if (!ours || ours[1] === type) return;
  const [name, home] = ours;
  list.add(
    'extension-without-effect',
    at,
    () => `${name} says something about ${home}, nothing about ${type}`,
  );
}

function describeExtension(name: string, type: string, predefined: readonly string[]): string {
  const hint = suggestName(name, predefined);
  return `is no extension that STIX has for ${type}${hint || '; others are named by the id of an extension-definition'}`;
}
