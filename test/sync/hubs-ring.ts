import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createToken } from '../../server/auth/tokens.ts';
import { SYSTEM_IDS } from '../../server/compose.ts';
import type { CollectionId } from '../../server/domain/ids.ts';
import type { PostedObject } from '../support/partner/behaviour.ts';
import { startFeedHub, type FeedHub, type FeedHubOptions } from '../support/partner/feed-hub.ts';
import type { TestUser } from '../support/test-directory.ts';

const SHIPPED = join(import.meta.dirname, '../../collections');

interface ShippedCollection {
  readonly alias: string;
}

function parseCollection(text: string): ShippedCollection {
  return JSON.parse(text) as ShippedCollection;
}

/** The collections with rules of release, as they are shipped. */
export function readShipped(): readonly ShippedCollection[] {
  return readdirSync(SHIPPED)
    .filter((name) => name.endsWith('.json'))
    .map((name) => parseCollection(readFileSync(join(SHIPPED, name), 'utf8')));
}

/** What comes from one hub to the next, and where it goes there. */
export interface Ways {
  /** What the next one reads, and what is sent to it. */
  readonly from: string;
  readonly into: string;
}

/** Organisations that a hub of a ring knows its neighbours as, each with an analyst of its name. */
const NEIGHBOURS = ['before', 'behind'] as const;
type Neighbour = (typeof NEIGHBOURS)[number];

export interface RingHub extends FeedHub {
  readonly name: string;
  readonly tokens: ReadonlyMap<Neighbour, string>;
}

/** Hubs each of which pulls from the one before it and pushes to the one behind it. */
export interface Ring extends AsyncDisposable {
  readonly hubs: readonly [RingHub, RingHub, RingHub];
  /** Time passes for all, and what is due is run. @returns how many requests carried objects */
  readonly pass: (minutes: number) => Promise<number>;
}

const STEP_SECONDS = 10;

export async function startRing({ from, into }: Ways, options: FeedHubOptions = {}): Promise<Ring> {
  await using resources = new AsyncDisposableStack();
  const start = async (name: string): Promise<RingHub> => {
    const hub = resources.use(await startFeedHub(options));
    return { ...hub, name, tokens: await addNeighbours(hub) };
  };
  const hubs = [await start('one'), await start('two'), await start('three')] as const;
  const [one, two, three] = hubs;
  for (const [hub, before, behind] of [
    [one, three, two],
    [two, one, three],
    [three, two, one],
  ] as const) {
    // Each is told apart by its port.
    hub.env['FROM_BEFORE'] = before.tokens.get('behind') ?? '';
    hub.env['TO_BEHIND'] = behind.tokens.get('before') ?? '';
    const auth = { kind: 'bearer' } as const;
    await hub.addPull({
      ...{ url: `${before.server.url}/feed/`, collection: from, org: 'before', auth },
      ...{ secret: { env: 'FROM_BEFORE' }, into: await findId(hub, into) },
    });
    await hub.addPush({
      ...{ url: `${behind.server.url}/feed/`, collection: into, org: 'behind', auth },
      ...{ secret: { env: 'TO_BEHIND' }, from: await findId(hub, from) },
    });
  }
  const kept = resources.move();
  return {
    hubs: [one, two, three],
    async pass(minutes) {
      const countCarried = (): number => hubs.reduce((sum, hub) => sum + hub.carried(), 0);
      const before = countCarried();
      for (let second = 0; second < minutes * 60; second += STEP_SECONDS) {
        for (const hub of hubs) {
          hub.server.clock.advance(STEP_SECONDS * 1_000_000);
          await hub.scheduler.runDue();
        }
      }
      return countCarried() - before;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function addNeighbours({ server }: FeedHub): Promise<ReadonlyMap<Neighbour, string>> {
  const { store } = server.core;
  const tokens = new Map<Neighbour, string>();
  for (const name of NEIGHBOURS) {
    assert.ok(await store.addOrganisation({ id: name, name, audience: 'private', hub: false }));
    assert.ok(await store.addUser({ name, org: name, role: 'analyst', passwordHash: '', disabled: false }));
    const { id, token, hash } = createToken(SYSTEM_IDS);
    await store.addToken({ id, user: name, hash, createdAt: server.clock.now(), revoked: false });
    tokens.set(name, token);
  }
  return tokens;
}

export async function findId({ server }: FeedHub, alias: string): Promise<CollectionId> {
  const found = (await server.core.store.readPolicies()).find((each) => each.alias === alias);
  assert.ok(found, alias);
  return found.id;
}

/** Posts in parts; every object must be a success. */
export async function post(
  { server }: FeedHub,
  alias: string,
  objects: readonly PostedObject[],
  as: TestUser,
): Promise<void> {
  const path = `/feed/collections/${alias}/`;
  for (let from = 0; from < objects.length; from += 1000) {
    const part = objects.slice(from, from + 1000);
    const answer = await server.post(path, part, { as });
    assert.equal(answer.status, 202, answer.text.slice(0, 300));
    assert.equal(answer.resource()['success_count'], part.length, answer.text.slice(0, 500));
  }
}

/** Every page that a user gets, as it came. */
export async function readPages(
  { server }: FeedHub,
  alias: string,
  as: TestUser,
  limit = 1000,
): Promise<readonly (readonly object[])[]> {
  const pages: (readonly object[])[] = [];
  for (let next = ''; ;) {
    const path = `/feed/collections/${alias}/objects/?limit=${String(limit)}&match[version]=all${next}`;
    const answer = await server.get(path, { as });
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    const { objects, next: following } = answer.resource();
    if (objects) pages.push(objects);
    if (following === undefined) return pages;
    next = `&next=${following}`;
  }
}
