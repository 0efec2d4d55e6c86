import { isDeepStrictEqual } from 'node:util';
import { isAsPosted, type Collection } from '../../domain/collection.ts';
import type { JsonValue } from '../../domain/held.ts';
import type { OrganisationId, StixId } from '../../domain/ids.ts';
import { isJsonObject, memberOf, parseObjectText } from '../../stix/json.ts';
import { isObservable } from '../../stix/kinds.ts';
import type { Store } from '../../storage/port.ts';
import type { Incoming } from './incoming.ts';

/** What is held under an id. */
interface Held {
  readonly versionKey: string;
  readonly text: string;
  /** Of a copy of an observable: whose it is. */
  readonly copyOf: OrganisationId | undefined;
}

/** How an object stands to what was held before it came. */
export type Holding =
  /** Nothing was held under its id and version; of an observable, no copy of this organisation with its content. */
  | 'new'
  /** The same was held. */
  | 'same'
  /** Its id and version were held with another content. */
  | 'other'
  /** Of an observable in a plain collection: it was held with another content, whose place this one takes. */
  | 'changed'
  /** Of an observable: another organisation's copy is the same. */
  | 'foreign-copy';

/** Says of each object whether it is held already, so that this need not be read from the text of an outcome. */
export async function findHoldings(
  store: Pick<Store, 'view'>,
  collection: Collection,
  org: OrganisationId,
  objects: readonly Incoming[],
): Promise<readonly Holding[]> {
  const ids = [
    ...new Set(objects.flatMap(({ id, versionKey }) => (versionKey === undefined ? [] : (id ?? [])))),
  ];
  const held = await readHeld(store, collection, ids);
  return objects.map((incoming) => holdingOf(held, org, incoming));
}

async function readHeld(
  store: Pick<Store, 'view'>,
  collection: Collection,
  ids: readonly StixId[],
): Promise<ReadonlyMap<StixId, readonly Held[]>> {
  return store.view(async (section) => {
    const held = new Map<StixId, readonly Held[]>();
    if (isAsPosted(collection)) {
      for (const id of await section.shownIds(collection.id, ids)) {
        const entries = await section.entriesOf(collection.id, id);
        held.set(
          id,
          entries.map(({ versionKey, text }) => ({ versionKey, text, copyOf: undefined })),
        );
      }
      return held;
    }
    for (const [id, { versions }] of await section.heldObjects(ids)) {
      held.set(
        id,
        versions.map(({ versionKey, text, sender, facts }) => ({
          versionKey,
          text,
          copyOf: facts.kind === 'observable' ? sender : undefined,
        })),
      );
    }
    return held;
  });
}

function holdingOf(
  held: ReadonlyMap<StixId, readonly Held[]>,
  org: OrganisationId,
  { raw, id, versionKey }: Incoming,
): Holding {
  if (id === undefined || versionKey === undefined) return 'new';
  const ofVersion = (held.get(id) ?? []).filter((one) => one.versionKey === versionKey);
  const same = ofVersion.filter(
    ({ text }) => text === raw.text || isDeepStrictEqual(parseObjectText(text), raw.value),
  );
  if (same.some(({ copyOf }) => copyOf === undefined || copyOf === org)) return 'same';
  if (same.length > 0) return 'foreign-copy';
  const isHeld = ofVersion.some(({ copyOf }) => copyOf === undefined);
  if (!isHeld) return 'new';
  return isObservableValue(raw.value) ? 'changed' : 'other';
}

function isObservableValue(value: JsonValue): boolean {
  const type = isJsonObject(value) ? memberOf(value, 'type') : undefined;
  return isJsonObject(value) && typeof type === 'string' && isObservable(value, type);
}
