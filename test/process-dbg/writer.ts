import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Feed, StixObject } from './feed.ts';
import type { Progress } from './progress.ts';

/** An upload that was answered 202. */
export interface Accepted {
  readonly statusId: string;
  readonly objects: readonly StixObject[];
}

export interface Writing {
  readonly feed: Feed;
  /** The collection that is written to. */
  readonly to: string;
  readonly user: string;
  readonly random: (below: number) => number;
  readonly progress: Progress;
  readonly isOver: () => boolean;
  readonly accepted: Accepted[];
  readonly onLoss: () => void;
}

const TIME = '2026-10-01T08:00:00.000Z';
/** TLP:GREEN and AUDIENCE:STATE. */
const MARKINGS = [
  'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  'marking-definition--a07bf453-6f57-4482-888f-d152f307bd80',
];

/** What is posted: as JSON leaves out what is undefined, an observable has no times. */
type Draft = Omit<StixObject, 'created' | 'modified'> & Readonly<Record<string, unknown>>;

function make(
  type: string,
  members: Readonly<Record<string, unknown>>,
  id = `${type}--${randomUUID()}`,
): Draft {
  const times = type === 'domain-name' ? {} : { created: TIME, modified: TIME };
  return { type, spec_version: '2.1', id, ...times, ...members, object_marking_refs: MARKINGS };
}

/** One to four campaigns, an observable, and relationships, one of them to a campaign that comes with the next upload. */
function makeObjects(
  random: Writing['random'],
  promised: string,
  nextPromised: string | undefined,
): readonly Draft[] {
  const campaigns = [make('campaign', { name: 'Promised' }, promised)];
  for (let more = random(4); more > 0; more -= 1) campaigns.push(make('campaign', { name: 'More' }));
  const site = make('domain-name', { value: `${randomUUID()}.example` });
  const targets = [...campaigns.map(({ id }) => id), nextPromised ?? site.id];
  const links = campaigns.map(({ id }, place) =>
    make('relationship', { relationship_type: 'related-to', source_ref: id, target_ref: targets[place + 1] }),
  );
  const objects = [...campaigns, site, ...links];
  // An end may also come after the relationship in the same upload.
  return random(2) === 0 ? objects : objects.reverse();
}

/** Posts upload after upload; one that was cut off is posted again as it was, until it is answered. */
export async function write(writing: Writing): Promise<void> {
  const { feed, to, user, progress, accepted } = writing;
  let promised = `campaign--${randomUUID()}`;
  for (;;) {
    const isLast = writing.isOver();
    const nextPromised = isLast ? undefined : `campaign--${randomUUID()}`;
    const objects = makeObjects(writing.random, promised, nextPromised);
    const body = JSON.stringify({ objects });
    const path = `/feed/collections/${to}/objects/`;
    const { status, resource } = await feed.ask({ path, user, method: 'POST', body }, writing.onLoss);
    assert.equal(status, 202, `upload to ${to}: ${JSON.stringify(resource)}`);
    assert.equal(resource.failure_count, 0, JSON.stringify(resource));
    accepted.push({ statusId: resource.id, objects: parseObjects(body) });
    progress.step();
    if (nextPromised === undefined) return;
    promised = nextPromised;
  }
}

/** As they were sent, without members that are undefined. */
function parseObjects(body: string): readonly StixObject[] {
  return (JSON.parse(body) as { objects: readonly StixObject[] }).objects;
}
