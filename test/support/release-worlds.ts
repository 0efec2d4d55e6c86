import type { MarkingDefaults } from '../../server/domain/collection.ts';
import type { CollectionId, StixId } from '../../server/domain/ids.ts';
import type { Draw } from './release-draw.ts';
import { createDraw } from './release-draw.ts';
import { decideEverything } from './release-oracle.ts';
import type { OracleOrganisation, OracleVersion, RawObject } from './release-oracle-world.ts';
import { idOf, isObservable, isObservableType, keyOf, textAt, versionOf } from './release-oracle-world.ts';
import type { OracleStep, Scenario } from './release-steps.ts';
import { worldAfter } from './release-steps.ts';
import { drawCopy, drawCreator, drawVersion } from './release-world-objects.ts';
import {
  COLLECTION_IDS,
  FIXED_OBJECTS,
  HUB_IDENTITY,
  drawCollections,
  drawOrganisations,
} from './release-world-setup.ts';
import type { Planned, Stock } from './release-world-stock.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const START = Date.UTC(2026, 2, 1) * 1000;

const TYPES: readonly [string, ...string[]] = [
  'campaign',
  'campaign',
  'indicator',
  'relationship',
  'relationship',
  'report',
  'sighting',
  'note',
  'observed-data',
  'language-content',
  'identity',
  'marking-definition',
  'extension-definition',
  'user-account',
  'domain-name',
  'email-addr',
];

/** One object that somebody sends, and who may send it first. */
interface Upload {
  readonly planned: Planned;
  readonly object: RawObject;
  readonly sender: OracleOrganisation;
  /** A copy that is changed later: sent alone, with no defaults of its own, to intake. */
  readonly isChanged: boolean;
}

/**
 * Makes a small world and how it came to be, with nothing that an analyst of the hub decides about holds and no recall.
 * @param seed prints with a failure; the same seed gives the same scenario.
 */
export function generateScenario(seed: number): Scenario {
  return generate(seed, () => undefined);
}

/** The same with holds released or refused, and recalls. */
export function generateDecidedScenario(seed: number): Scenario {
  return generate(seed, drawDecision);
}

function generate(
  seed: number,
  decide: (draw: Draw, scenario: Scenario, at: number) => OracleStep | undefined,
): Scenario {
  const draw = createDraw(seed);
  const organisations = drawOrganisations(draw);
  const elsewhere = [`attack-pattern--${draw.uuid(4)}`, `campaign--${draw.uuid(4)}`];
  const planned = drawPlan(draw, organisations);
  const stock: Stock = { planned, elsewhere, organisations, ownMarkings: draw.pick([10, 10, 55]) };
  let scenario: Scenario = {
    seed,
    organisations,
    hubIdentity: HUB_IDENTITY,
    collections: drawCollections(draw),
    fixed: FIXED_OBJECTS,
    graceMicros: 10 * MINUTE,
    steps: [postReference(elsewhere[0] ?? '')],
  };
  let at = START + SECOND;
  const add = (step: OracleStep | undefined): void => {
    if (step) scenario = { ...scenario, steps: [...scenario.steps, step] };
  };
  for (const batch of drawBatches(draw, drawUploads(draw, stock))) {
    at += SECOND * (1 + draw.below(50));
    add(submit(draw, batch, at));
    if (draw.chance(15)) add({ kind: 'advance', at: (at += MINUTE * (2 + draw.below(8))) });
    if (draw.chance(20)) add(drawRepost(draw, scenario, (at += SECOND)));
    if (draw.chance(15)) add(drawDelete(draw, scenario, (at += SECOND)));
    if (draw.chance(25)) add(decide(draw, scenario, (at += SECOND)));
  }
  if (draw.chance(60)) add({ kind: 'advance', at: at + MINUTE * (3 + draw.below(20)) });
  return scenario;
}

function postReference(id: StixId): OracleStep {
  const stamp = '2026-01-05T00:00:00.000Z';
  const object = {
    type: 'attack-pattern',
    spec_version: '2.1',
    id,
    created: stamp,
    modified: stamp,
    name: 'Persona',
  };
  const to = COLLECTION_IDS.reference;
  return { kind: 'submit', at: START, sender: 'dhs', to, objects: [object], defaults: {} };
}

function drawPlan(draw: Draw, organisations: readonly OracleOrganisation[]): readonly Planned[] {
  const registered = organisations.flatMap((owner): readonly Planned[] => {
    if (owner.identity === undefined || !draw.chance(60)) return [];
    return [{ id: owner.identity, type: 'identity', owner, creator: owner.identity, individual: false }];
  });
  const [hub, ...others] = organisations;
  const drawn = Array.from({ length: 6 + draw.below(9) }, (): readonly Planned[] => {
    const type = draw.pick(TYPES);
    const owner = draw.maybe([...others, ...others, ...(hub ? [hub] : [])]);
    if (!owner) return [];
    const id = `${type}--${draw.uuid(isObservableType(type) ? 5 : 4)}`;
    const creator = drawCreator(draw, owner, type);
    const individual = type === 'identity' && draw.chance(40);
    return [{ id, type, owner, individual, ...(creator === undefined ? {} : { creator }) }];
  });
  const owner = hub && draw.chance(40) ? hub : others[0];
  if (!owner) return [];
  const id = `marking-definition--${draw.uuid(4)}`;
  return [...registered, { id, type: 'marking-definition', owner, individual: false }, ...drawn.flat()];
}

/** Everything that is sent, in the order of sending; one planned object in ten never is. */
function drawUploads(draw: Draw, stock: Stock): readonly Upload[] {
  const uploads = stock.planned.flatMap((planned): readonly Upload[] => {
    if (draw.chance(10)) return [];
    if (isObservableType(planned.type)) return drawCopies(draw, stock, planned);
    const versions = planned.type === 'marking-definition' || draw.chance(60) ? 1 : 2 + draw.below(2);
    return Array.from({ length: versions }, (_, number) => {
      const object = drawVersion(draw, stock, planned, number);
      return { planned, object, sender: drawSender(draw, stock, planned), isChanged: false };
    });
  });
  return fixOrder(draw.shuffle(uploads).slice(0, 25));
}

function drawCopies(draw: Draw, stock: Stock, planned: Planned): readonly Upload[] {
  const senders = draw.shuffle(stock.organisations).slice(0, 1 + draw.below(3));
  return senders.flatMap((sender): readonly Upload[] => {
    const isChanged = draw.chance(15);
    const copies = isChanged ? [1, 2] : [1];
    return copies.map(() => ({ planned, object: drawCopy(draw, stock, planned), sender, isChanged }));
  });
}

function drawSender(draw: Draw, stock: Stock, planned: Planned): OracleOrganisation {
  const hub = stock.organisations[0];
  return hub && draw.chance(12) ? hub : planned.owner;
}

/** The hub may not come first where nothing says who the owner is: it would become the owner. */
function fixOrder(uploads: readonly Upload[]): readonly Upload[] {
  const sent = new Set<StixId>();
  return uploads.map((upload) => {
    const { planned, sender } = upload;
    const isFirst = !sent.has(planned.id);
    sent.add(planned.id);
    const isNamed = planned.owner.identity !== undefined && planned.creator === planned.owner.identity;
    if (isObservableType(planned.type) || !isFirst || sender.id === planned.owner.id || isNamed)
      return upload;
    return { ...upload, sender: planned.owner };
  });
}

/** Neighbours of one sender go together, four at most. */
function drawBatches(draw: Draw, uploads: readonly Upload[]): readonly (readonly Upload[])[] {
  const batches: Upload[][] = [];
  for (const upload of uploads) {
    const open = batches.find((batch) => {
      const isSame = batch[0]?.sender === upload.sender && !batch.some((one) => one.isChanged);
      // Only the last batch is open, so that the order of sending stays.
      return isSame && batch.length < 4 && batch === batches.at(-1);
    });
    if (open && !upload.isChanged && draw.chance(75)) open.push(upload);
    else batches.push([upload]);
  }
  return batches;
}

function submit(draw: Draw, batch: readonly Upload[], at: number): OracleStep {
  const sender = batch[0]?.sender.id ?? '';
  const objects = batch.map((upload) => upload.object);
  if (batch.some((upload) => upload.isChanged)) {
    return { kind: 'submit', at, sender, to: COLLECTION_IDS.intake, objects, defaults: {} };
  }
  const notBefore = draw.chance(8) ? { notBefore: at + MINUTE * (1 + draw.below(15)) + SECOND / 2 } : {};
  return {
    kind: 'submit',
    at,
    sender,
    to: drawTarget(draw, 78),
    objects,
    defaults: drawDefaults(draw),
    ...notBefore,
  };
}

function drawTarget(draw: Draw, intake: number): CollectionId {
  if (draw.chance(intake)) return COLLECTION_IDS.intake;
  const { federal, state, private: ofPrivate, public: ofPublic, circle } = COLLECTION_IDS;
  return draw.pick([federal, state, ofPrivate, ofPublic, circle]);
}

function drawDefaults(draw: Draw): Partial<MarkingDefaults> {
  if (draw.chance(30)) return {};
  const consent = draw.pick(['everyone', 'everyone', 'usg', 'none'] as const);
  const tlp = draw.pick(['clear', 'green', 'green', 'amber', 'red'] as const);
  const everybody = ['federal', 'state', 'private'] as const;
  const audiences = draw.pick<MarkingDefaults['audiences']>([
    everybody,
    everybody,
    everybody,
    ['state'],
    ['federal', 'private'],
  ]);
  return {
    ...(draw.chance(80) ? { audiences } : {}),
    ...(draw.chance(80) ? { tlp } : {}),
    ...(draw.chance(40) ? { consent } : {}),
  };
}

/** A version that is held, sent once more to some other place or to where it was deleted. */
function drawRepost(draw: Draw, scenario: Scenario, at: number): OracleStep | undefined {
  const { held } = worldAfter(scenario, scenario.steps.length);
  const version = draw.maybe(held);
  if (!version || isOfChangingKind(version)) return undefined;
  const [gone] = version.deletedFrom;
  const to = gone !== undefined && draw.chance(60) ? gone : drawTarget(draw, 40);
  const defaults = drawDefaults(draw);
  return { kind: 'submit', at, sender: version.sender, to, objects: [version.object], defaults };
}

/** Copies that change are sent with no defaults; all such copies stay in intake, as no rule says what a change does elsewhere. */
function isOfChangingKind(version: OracleVersion): boolean {
  return isObservable(version.object) && version.defaults.tlp === 'amber';
}

/** A DELETE of something that the collection shows, by its owner, or of an SDO or SRO also by the hub. */
function drawDelete(draw: Draw, scenario: Scenario, at: number): OracleStep | undefined {
  const world = worldAfter(scenario, scenario.steps.length);
  const decisions = [...decideEverything(world)];
  const options = decisions.flatMap(([collection, { shown }]) => {
    const file = world.collections.find((one) => one.id === collection);
    return world.held
      .filter((version) => shown.has(keyOf(version)) && !isOfChangingKind(version))
      .flatMap((version): readonly OracleStep[] => {
        const owner = world.organisations.find((one) => one.id === version.owner);
        const reads = file?.read.some((grant) => grant === `audience:${owner?.audience ?? ''}`) === true;
        const id = idOf(version);
        const byOwner = owner && reads ? [{ kind: 'delete', at, by: owner.id, collection, id } as const] : [];
        if (isObservable(version.object)) return owner?.hub === true ? [] : byOwner;
        return [...byOwner, { kind: 'delete', at, by: 'dhs', collection, id }];
      });
  });
  return draw.maybe(options);
}

function drawDecision(draw: Draw, scenario: Scenario, at: number): OracleStep | undefined {
  const world = worldAfter(scenario, scenario.steps.length);
  const waiting = new Set([...decideEverything(world).values()].flatMap((one) => [...one.waiting]));
  const version = draw.maybe(world.held.filter((one) => waiting.has(keyOf(one))));
  if (version && draw.chance(75)) {
    const verdict = draw.chance(70) ? 'released' : 'refused';
    const { sender } = version;
    return {
      kind: 'verdict',
      at,
      by: 'dhs',
      id: idOf(version),
      version: versionOf(version),
      sender,
      verdict,
    };
  }
  const recalled = draw.maybe(world.held.filter((one) => !isObservable(one.object)));
  if (!recalled || !draw.chance(40)) return undefined;
  return { kind: 'recall', at, by: 'dhs', id: textAt(recalled.object, 'id') };
}
