import type { ReleasedCollection } from '../domain/collection.ts';
import type { DecisionState, HeldVersion } from '../domain/held.ts';
import type { Handle, StixId } from '../domain/ids.ts';
import { judgeAlone, type Candidate } from './candidate.ts';
import type { Judgement, Reason } from './judgement.ts';
import { resolveReference, type ShownElsewhere, type Target } from './references.ts';
import type { World } from './world.ts';

/** A candidate under judgement. */
interface Node {
  readonly candidate: Candidate;
  readonly targets: ReadonlyMap<StixId, Target>;
  state: 'shown' | 'waiting' | 'blocked' | 'lost';
  readonly reasons: Reason[];
  due: number | undefined;
}

type States = (version: HeldVersion) => DecisionState | undefined;

/**
 * Decides what the collection shows of the objects `ids`: for each of their versions that is no supporting object,
 * a judgement with its reasons. Objects outside `ids` count with what was decided for them last; with every held id
 * in `ids` this is the decision from scratch.
 */
export function decide(
  world: World,
  ids: ReadonlySet<StixId>,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): ReadonlyMap<Handle, Judgement> {
  const judgements = new Map<Handle, Judgement>();
  const nodes = new Map<Handle, Node>();
  for (const id of ids) {
    const object = world.find(id);
    for (const version of object?.versions ?? []) {
      if (!object || version.facts.kind === 'supporting') continue;
      const judged = judgeAlone(world, object, version, collection);
      if ('code' in judged) judgements.set(version.handle, { reasons: [judged] });
      else nodes.set(version.handle, createNode(world, judged, collection, isShownElsewhere));
    }
  }
  const stateOf: States = (version) => {
    if (ids.has(version.id)) return nodes.get(version.handle)?.state;
    return world.find(version.id)?.states.get(version.handle)?.get(collection.id);
  };
  const dependents = dependentsOf(nodes.values());
  spreadWaiting(world, nodes, dependents, stateOf);
  takeAway(nodes, dependents, stateOf);
  for (const [handle, node] of nodes) judgements.set(handle, toJudgement(node));
  chooseCopies(world, ids, judgements);
  return judgements;
}

function createNode(
  world: World,
  candidate: Candidate,
  collection: ReleasedCollection,
  isShownElsewhere: ShownElsewhere,
): Node {
  const targets = new Map<StixId, Target>();
  for (const id of candidate.refs) {
    targets.set(id, resolveReference(world, candidate.version, id, collection, isShownElsewhere));
  }
  // What would have to lose something is withheld, whatever becomes of what it refers to.
  const state = candidate.waits.length > 0 ? 'waiting' : candidate.lost.length > 0 ? 'lost' : 'shown';
  const reasons = state === 'lost' ? candidate.lost : candidate.waits;
  return { candidate, targets, state, reasons: [...reasons], due: candidate.due };
}

function dependentsOf(nodes: Iterable<Node>): ReadonlyMap<StixId, readonly Node[]> {
  const dependents = new Map<StixId, Node[]>();
  for (const node of nodes) {
    for (const [id, target] of node.targets) {
      if (target.kind !== 'held') continue;
      const known = dependents.get(id);
      if (known) known.push(node);
      else dependents.set(id, [node]);
    }
  }
  return dependents;
}

/** Waiting spreads to what refers to something with no candidate but ones that wait (release rules, 3: waiting). */
function spreadWaiting(
  world: World,
  nodes: ReadonlyMap<Handle, Node>,
  dependents: ReadonlyMap<StixId, readonly Node[]>,
  stateOf: States,
): void {
  const queue: Node[] = [...nodes.values()];
  const spread = new Set<Node>();
  for (let node = queue.pop(); node; node = queue.pop()) {
    const before = node.state;
    const { acceptedAt } = node.candidate.version;
    const graceEnds = acceptedAt + world.graceMicros;
    const missing = namesWhere(node, (target) => target.kind === 'missing');
    if (before === 'shown' && missing.length > 0 && world.now < graceEnds) {
      wait(node, { code: 'reference-missing', ids: missing, until: graceEnds });
      node.due = Math.min(node.due ?? graceEnds, graceEnds);
    }
    const waiting = namesWhere(
      node,
      (target) => target.kind === 'held' && isOnlyWaiting(target.versions, stateOf),
    );
    if (node.state === 'shown' && waiting.length > 0) wait(node, { code: 'reference-waits', ids: waiting });
    if (node.state !== 'waiting' || spread.has(node)) continue;
    spread.add(node);
    for (const dependent of dependents.get(node.candidate.version.id) ?? []) queue.push(dependent);
  }
}

function wait(node: Node, reason: Reason): void {
  node.state = 'waiting';
  node.reasons.push(reason);
}

function namesWhere(node: Node, test: (target: Target) => boolean): readonly StixId[] {
  return [...node.targets].filter(([, target]) => test(target)).map(([id]) => id);
}

/** Whether there is a candidate behind a reference, and none that does not wait. */
function isOnlyWaiting(versions: readonly HeldVersion[], stateOf: States): boolean {
  const states = versions.map(stateOf).filter((state) => state !== undefined);
  return states.length > 0 && states.every((state) => state === 'waiting');
}

/** The one loop: takes away what refers to something not shown, until nothing changes (release rules, 3). */
function takeAway(
  nodes: ReadonlyMap<Handle, Node>,
  dependents: ReadonlyMap<StixId, readonly Node[]>,
  stateOf: States,
): void {
  const isHidden = (target: Target): boolean => {
    if (target.kind === 'shown' || target.kind === 'hidden') return target.kind === 'hidden';
    if (target.isHiddenLater) return true;
    return target.kind === 'held' && !target.needed.some((version) => isPresent(stateOf(version)));
  };
  const queue: Node[] = [...nodes.values()];
  for (let node = queue.pop(); node; node = queue.pop()) {
    if (node.state !== 'shown') continue;
    const hidden = namesWhere(node, isHidden);
    if (hidden.length === 0) continue;
    node.state = 'blocked';
    node.reasons.push({ code: 'reference-hidden', ids: hidden });
    for (const dependent of dependents.get(node.candidate.version.id) ?? []) queue.push(dependent);
  }
}

function isPresent(state: DecisionState | undefined): boolean {
  return state === 'shown' || state === 'eligible';
}

function toJudgement({ state, reasons, due }: Node): Judgement {
  if (state === 'waiting' && due !== undefined) return { state, reasons, due };
  return { state, reasons };
}

/** Of the copies of an SCO that may be shown, the earliest is (release rules, 1). */
function chooseCopies(world: World, ids: ReadonlySet<StixId>, judgements: Map<Handle, Judgement>): void {
  for (const id of ids) {
    const copies = (world.find(id)?.versions ?? []).filter(
      ({ facts, handle }) => facts.kind === 'observable' && judgements.get(handle)?.state === 'shown',
    );
    const [, ...later] = copies.sort((a, b) => a.rank - b.rank || a.handle - b.handle);
    for (const { handle } of later) judgements.set(handle, { state: 'eligible', reasons: [] });
  }
}
