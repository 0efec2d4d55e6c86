import { createRandom, type Progress } from '../process/progress.ts';
import type { Client, Reply } from './client.ts';
import type { Fleet } from './fleet.ts';
import type { Kind, Posted } from './history.ts';
import type { Meeting } from './meeting.ts';
import { makeCampaign, makeId, makeLink, makeSite, toSight, type Draft, type Random } from './stock.ts';

/** An upload that was answered 202. */
export interface Accepted {
  /** The number of the request. */
  readonly n: number;
  readonly statusId: string;
  readonly user: string;
}

export interface Writing {
  readonly number: number;
  readonly user: string;
  /** The collection that is posted to. */
  readonly to: string;
  /** The collections of which this user may delete. */
  readonly deletesFrom: readonly string[];
  /** The watched collections. */
  readonly collections: Readonly<Record<string, Kind>>;
  readonly client: Client;
  readonly fleet: Fleet;
  readonly progress: Progress;
  readonly random: Random;
  /** Where this writer and another one of the same collection post the same objects at once. */
  readonly meeting: Meeting;
  /** What both take for the random numbers of an object that both post. */
  readonly meetingSeed: number;
  readonly isOver: () => boolean;
  readonly accepted: Accepted[];
}

/** An object that may get more versions, and be deleted. */
interface Owned {
  readonly id: string;
  readonly versions: Map<number, Draft>;
  /** By collection, the numbers of the versions that were taken out of it. */
  readonly deleted: Map<string, Set<number>>;
}

/** Room between versions, for some that come later and count as earlier. */
const VERSION_STEP = 10;
const MOST_OWNED = 40;

/** Posts, changes, deletes and posts again what it deleted, until the run is over. */
export async function write(writing: Writing): Promise<void> {
  const { random, meeting, isOver } = writing;
  const owned: Owned[] = [];
  const looks: Promise<unknown>[] = [];
  let promised = makeId('campaign', random);
  while (!isOver()) {
    const turn = random(100);
    if (meeting.isAwaited || turn < 12) await contest(writing);
    else if (turn < 45 || owned.length < 3) promised = await upload(writing, owned, promised, false);
    else if (turn < 65) await addVersions(writing, owned);
    else if (turn < 82) looks.push(...(await remove(writing, owned)));
    else if (turn < 94) await bringBack(writing, owned);
    else await repeat(writing, owned);
    writing.progress.step();
  }
  meeting.end();
  // What was promised has to come, or what names it would wait.
  await upload(writing, owned, promised, true);
  await Promise.all(looks);
}

/** @returns the id of a campaign that is named already and comes with the next upload */
async function upload(writing: Writing, owned: Owned[], promised: string, isLast: boolean): Promise<string> {
  const { random } = writing;
  const nextPromised = makeId('campaign', random);
  const campaigns = [makeCampaign(promised, 0, 'Promised')];
  for (let more = random(2); more > 0; more -= 1) {
    campaigns.push(makeCampaign(makeId('campaign', random), 0, 'Linked'));
  }
  const site = makeSite(makeId('domain-name', random));
  const targets = [...campaigns.map(({ id }) => id), isLast ? site.id : nextPromised];
  const links = campaigns.map(({ id }, place) =>
    makeLink(makeId('relationship', random), id, targets[place + 1] ?? site.id),
  );
  const alone = Array.from({ length: 1 + random(2) }, () => {
    const number = VERSION_STEP * (1 + random(3));
    const draft = makeCampaign(makeId('campaign', random), number, 'Alone');
    return { number, draft };
  });
  for (const { number, draft } of alone) {
    owned.push({ id: draft.id, versions: new Map([[number, draft]]), deleted: new Map() });
  }
  if (owned.length > MOST_OWNED) owned.shift();
  const objects = [...campaigns, site, ...links, ...alone.map(({ draft }) => draft)];
  // An end may also come after the relationship in the same upload.
  await post(writing, writing.to, random(2) === 0 ? objects : objects.reverse());
  return nextPromised;
}

/** Later versions of some objects, and now and then one before the latest. */
async function addVersions(writing: Writing, owned: readonly Owned[]): Promise<void> {
  const { random } = writing;
  const drafts: Draft[] = [];
  for (let count = 1 + random(3); count > 0; count -= 1) {
    const object = owned[random(owned.length)];
    if (!object) continue;
    const latest = Math.max(...object.versions.keys());
    const number = random(4) === 0 ? 1 + random(latest) : latest + VERSION_STEP;
    if (object.versions.has(number)) continue;
    const draft = makeCampaign(object.id, number, `Version ${number}`);
    object.versions.set(number, draft);
    drafts.push(draft);
  }
  if (drafts.length > 0) await post(writing, writing.to, drafts);
}

/** Deletes one version or all of an object, and looks on every server whether it is gone. @returns the looks */
async function remove(writing: Writing, owned: readonly Owned[]): Promise<readonly Promise<unknown>[]> {
  const { random, client, fleet, user, number } = writing;
  const from = writing.deletesFrom[random(Math.max(1, writing.deletesFrom.length))];
  const object = owned[random(owned.length)];
  if (from === undefined || !object) return [];
  const numbers = [...object.versions.keys()];
  const one = random(3) === 0 ? undefined : numbers[random(numbers.length)];
  const draft = one === undefined ? undefined : object.versions.get(one);
  const version = draft?.modified;
  const gone = object.deleted.get(from) ?? new Set<number>();
  for (const each of one === undefined ? numbers : [one]) gone.add(each);
  object.deleted.set(from, gone);
  const path = `/feed/collections/${from}/objects/${object.id}/`;
  await client.ask({
    asked: {
      ...{ kind: 'delete', writer: number, from, id: object.id },
      ...(version === undefined ? {} : { version }),
    },
    method: 'DELETE',
    path: version === undefined ? path : `${path}?match[version]=${version}`,
    user,
  });
  const look = `${path}?match[version]=all`;
  return fleet.addresses().map((address) =>
    client.askOnce(address, {
      asked: { kind: 'look', collection: from, path: look },
      ...{ method: 'GET', path: look, user },
    }),
  );
}

/** Posts what was deleted once more, to where it was taken out. */
async function bringBack(writing: Writing, owned: readonly Owned[]): Promise<void> {
  const { random } = writing;
  const found = owned.filter(({ deleted }) => deleted.size > 0);
  const object = found[random(Math.max(1, found.length))];
  const [from, numbers] = [...(object?.deleted ?? [])].at(0) ?? [];
  if (!object || from === undefined || !numbers) return;
  object.deleted.delete(from);
  await post(
    writing,
    from,
    [...numbers].flatMap((each) => object.versions.get(each) ?? []),
  );
}

/** Posts what is there already, as it is. */
async function repeat(writing: Writing, owned: readonly Owned[]): Promise<void> {
  const object = owned[writing.random(owned.length)];
  // What was deleted would come back where it is posted.
  if (!object || object.deleted.size > 0) return;
  await post(writing, writing.to, [...object.versions.values()]);
}

/** Posts the same version at the same time as the other writer, with the same content or with other content. */
async function contest(writing: Writing): Promise<void> {
  const { meeting, random } = writing;
  const number = await meeting.meet();
  if (number === undefined) return;
  const shared = createRandom(writing.meetingSeed + number);
  const contested = makeCampaign(makeId('campaign', shared), 0, random(2) === 0 ? 'One' : 'Other');
  const besides = makeCampaign(makeId('campaign', random), 0, 'Besides');
  await post(writing, writing.to, random(2) === 0 ? [contested, besides] : [besides, contested]);
}

/** Posts, again and again as it is, until there is an answer. */
async function post(writing: Writing, to: string, drafts: readonly Draft[]): Promise<void> {
  const { client, user, number } = writing;
  const objects = drafts.map((draft): Posted => {
    const [key, digest] = toSight(draft);
    return { key, digest, shownIn: shownIn(writing.collections, to) };
  });
  const reply = await client.ask({
    asked: { kind: 'post', writer: number, to, objects },
    ...{ method: 'POST', path: `/feed/collections/${to}/objects/`, user },
    body: JSON.stringify({ objects: drafts }),
  });
  if (isAccepted(reply)) writing.accepted.push({ n: reply.n, statusId: reply.id, user });
}

function isAccepted(reply: Reply): reply is Reply & { readonly id: string } {
  return reply.status === 202 && reply.id !== undefined;
}

/** What goes to intake is shown in every collection with release rules. */
function shownIn(collections: Readonly<Record<string, Kind>>, to: string): readonly string[] {
  const names = Object.keys(collections);
  if (to !== 'intake') return names.filter((name) => name === to);
  return names.filter((name) => collections[name] === 'released');
}
