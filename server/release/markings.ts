import { MARKING_AUDIENCE } from '../stix/extension-ids.ts';
import { AUDIENCES, CONSENTS, type Audience, type TlpLevel } from '../domain/collection.ts';
import type { HeldObject, JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { isIdentifier } from '../stix/identifier.ts';
import type { MarkingMeaning } from './findings.ts';
import type { World } from './world.ts';
import { isJsonArray, isJsonObject, memberOf, parseObjectText } from '../stix/json.ts';

/** TLP counts only under these ids, TLP 1.0 and TLP 2.0, whether or not the objects are held (release rules, 2). */
export const TLP_MARKINGS: ReadonlyMap<StixId, TlpLevel> = new Map<StixId, TlpLevel>([
  ['marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9', 'clear'],
  ['marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da', 'green'],
  ['marking-definition--f88d31f6-486f-44da-b317-01333bde0b82', 'amber'],
  ['marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed', 'red'],
  ['marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', 'clear'],
  ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', 'green'],
  ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', 'amber'],
  ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'amber+strict'],
  ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', 'red'],
]);

/**
 * What a marking means.
 * @returns undefined when it is not understood: not held, or of a meaning that we do not know
 */
export function meaningOf(world: World, id: StixId): MarkingMeaning | undefined {
  const { meanings } = world.memo;
  if (!meanings.has(id)) meanings.set(id, findMeaning(id, world.find(id)));
  return meanings.get(id);
}

function findMeaning(id: StixId, held: HeldObject | undefined): MarkingMeaning | undefined {
  const level = TLP_MARKINGS.get(id);
  if (level !== undefined) return { kind: 'tlp', level };
  const text = held?.versions.at(-1)?.text;
  return text === undefined ? undefined : readMeaning(parseObjectText(text));
}

function readMeaning(definition: JsonObject): MarkingMeaning | undefined {
  const extensions = memberOf(definition, 'extensions');
  if (extensions === undefined) {
    return definition['definition_type'] === 'statement' ? { kind: 'none' } : undefined;
  }
  // A second extension may mean anything.
  if (!isJsonObject(extensions) || Object.keys(extensions).length !== 1) return undefined;
  const extension = memberOf(extensions, MARKING_AUDIENCE);
  return isJsonObject(extension) ? readExtension(extension) : undefined;
}

function readExtension(extension: JsonObject): MarkingMeaning | undefined {
  switch (extension['kind']) {
    case 'audience':
    case 'personal-data': {
      const audiences = readAudiences(extension['audiences']);
      return audiences && { kind: extension['kind'], audiences };
    }
    case 'submitter-consent': {
      const consent = CONSENTS.find((known) => known === extension['consent']);
      return consent && { kind: 'consent', consent };
    }
    case 'named-recipients': {
      const identities = extension['recipient_refs'];
      if (!isJsonArray(identities) || identities.length === 0) return undefined;
      const named = identities.filter(isIdentifier);
      return named.length === identities.length ? { kind: 'recipients', identities: named } : undefined;
    }
    default:
      return undefined;
  }
}

function readAudiences(value: JsonValue | undefined): readonly Audience[] | undefined {
  if (!isJsonArray(value)) return undefined;
  const audiences = AUDIENCES.filter((audience) => value.includes(audience));
  // One name that we do not know makes the whole list unsure.
  return value.every((item) => AUDIENCES.some((audience) => audience === item)) ? audiences : undefined;
}
