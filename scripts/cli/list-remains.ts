import type { HeldObject, JsonObject } from '../../server/domain/held.ts';
import type { OrganisationId, StixId } from '../../server/domain/ids.ts';
import { parseObjectText } from '../../server/stix/json.ts';
import type { Store } from '../../server/storage/port.ts';
import { isOfList } from '../../server/takedown/membership.ts';
import type { Takedown } from '../../server/takedown/takedown.ts';
import { formatTable, toShown } from './table.ts';

/** An object of an earlier import that the list no longer makes. */
export interface Remain {
  readonly id: StixId;
  /** Its pattern, value or name. */
  readonly text: string;
}

const BATCH = 1000;
/** Far more than a list makes; whoever else refers to it must not make an import endless. */
const MAX_LOOKED_AT = 200_000;
const LISTED = 20;
const NAMED_BY = ['attack-pattern', 'campaign', 'incident', 'indicator'];
const TITLES = ['pattern', 'value', 'account_login', 'user_id', 'name', 'content'];

/**
 * Finds what an earlier import under the same organisation and name left behind: held, not revoked, and no longer made
 * by the list. It looks at what refers to the objects of the list, not at everything that is held.
 */
export async function findRemains(
  store: Store,
  org: OrganisationId,
  { objects, origin }: Takedown,
): Promise<readonly Remain[]> {
  const made = new Set(objects.map(({ id }) => id));
  const ties = new Map<StixId, JsonObject>();
  const ends = new Map<StixId, JsonObject>();
  await follow([...made].filter((id) => NAMED_BY.some((type) => id.startsWith(`${type}--`))));
  // What is gone may refer to other things that are gone.
  await follow([...ends.keys()]);
  // First what people look out for.
  const found = [...ends, ...ties].sort(([a], [b]) => rankOf(a) - rankOf(b));
  return found.map(([id, object]) => ({ id, text: toTitle(object) }));

  /** Looks at what refers to `targets`, and at what that refers to besides. */
  async function follow(targets: readonly StixId[]): Promise<void> {
    const others = new Set<StixId>();
    for (const batch of toBatches(targets)) {
      const namers = await store.view((section) => section.namersOf(batch, ['reference'], 'any'));
      for (const id of namers) if (!made.has(id) && !ties.has(id)) others.add(id);
    }
    const found = await readHeld([...others]);
    const beyond = new Set<StixId>();
    for (const held of found) {
      const first = isOurs(held) ? firstOf(held) : undefined;
      if (!first || !isOfList(origin, first)) continue;
      ties.set(held.id, first);
      for (const name of ['source_ref', 'target_ref']) {
        const end = first[name];
        if (typeof end === 'string' && !made.has(end)) beyond.add(end);
      }
    }
    for (const held of await readHeld([...beyond])) {
      const first = firstOf(held);
      const isSent = held.owner === undefined && held.versions.some(({ sender }) => sender === org);
      if (first && (isSent || (isOurs(held) && isOfList(origin, first)))) ends.set(held.id, first);
    }
  }

  async function readHeld(ids: readonly StixId[]): Promise<readonly HeldObject[]> {
    const found: HeldObject[] = [];
    for (const batch of toBatches(ids)) {
      const held = await store.view((section) => section.heldObjects(batch));
      found.push(...held.values());
    }
    return found;
  }

  function isOurs({ owner, recall, versions }: HeldObject): boolean {
    const latest = versions.at(-1);
    const isRevoked = latest !== undefined && parseObjectText(latest.text)['revoked'] === true;
    return owner === org && recall === undefined && !isRevoked;
  }
}

/** What an earlier import left behind, in words; empty when there is nothing. */
export function describeRemains(remains: readonly Remain[]): string {
  if (remains.length === 0) return '';
  const things = remains.filter(({ id }) => !isRelationship(id));
  const ties = remains.length - things.length;
  const counts = [
    ...(things.length > 0 ? [things.length] : []),
    ...(ties > 0 ? [`${ties} relationships`] : []),
  ];
  // Without any thing, the relationships are what there is to show.
  const listed = things.length > 0 ? things : remains;
  const rows = listed.slice(0, LISTED).map(({ id, text }) => [`  ${id}`, toShown(text)]);
  const rest = listed.length - rows.length;
  return [
    `Held from an earlier import under this name, and not in this list (${counts.join(', and ')}):`,
    formatTable([], rows),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    'They stay as they are; --json lists all. To take them back, upload them with "revoked": true and a later "modified". An observable has no versions: revoke the relationships that name it.',
  ].join('\n');
}

function rankOf(id: StixId): number {
  if (isRelationship(id)) return 2;
  return id.startsWith('indicator--') ? 0 : 1;
}

function isRelationship(id: StixId): boolean {
  return id.startsWith('relationship--');
}

function firstOf({ versions }: HeldObject): JsonObject | undefined {
  const [first] = versions;
  return first && parseObjectText(first.text);
}

function toTitle(object: JsonObject): string {
  const title = TITLES.map((name) => object[name]).find((value) => typeof value === 'string');
  if (typeof title === 'string') return title;
  const { source_ref, relationship_type, target_ref } = object;
  return [source_ref, relationship_type, target_ref].map(String).join(' ');
}

function* toBatches(ids: readonly StixId[]): Generator<readonly StixId[]> {
  const bounded = ids.slice(0, MAX_LOOKED_AT);
  for (let from = 0; from < bounded.length; from += BATCH) yield bounded.slice(from, from + BATCH);
}
