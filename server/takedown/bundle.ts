import { canonicalJson } from '../stix/values/canonical-json.ts';
import type { StixId } from '../domain/ids.ts';
import type { Finding } from './findings.ts';
import type { Procedure } from './kill-chain.ts';
import {
  makeAttackPattern,
  makeCampaign,
  makeIndicator,
  makeNote,
  makeRelationship,
  type Made,
  type Origin,
} from './makers.ts';
import { toObserved, type Standing } from './observables.ts';

/** Collects the objects of a list, each once. */
export class BundleBuilder {
  readonly #origin: Origin;
  readonly #standing: Standing;
  readonly #campaign: Made;
  readonly #incident: Made;
  readonly #objects = new Map<StixId, Made>();
  /** What was made before need not be made again. */
  readonly #procedures = new Map<string, StixId>();
  readonly #related = new Set<string>();

  constructor(origin: Origin, incident: Made, standing: Standing) {
    this.#origin = origin;
    this.#standing = standing;
    this.#incident = incident;
    this.#campaign = makeCampaign(origin);
  }

  finish(): readonly Made[] {
    return [...this.#objects.values()];
  }

  /** @returns its id */
  add(object: Made): StixId {
    const { id } = object;
    const known = this.#objects.get(id);
    if (known === object) return id;
    // Two rows may say different things of one observable; which comes first must not decide.
    const isBetter = !known || canonicalJson(object) < canonicalJson(known);
    if (isBetter) this.#objects.set(id, object);
    return id;
  }

  /** The takedown and the operation it is about. */
  addIncident(): StixId {
    const incident = this.add(this.#incident);
    this.#relate(incident, 'attributed-to', this.#addCampaign());
    return incident;
  }

  addText(procedure: Procedure, text: string, comment: string): readonly StixId[] {
    const pattern = this.#addProcedure(procedure);
    return [
      this.add(makeNote(this.#origin, text, comment, [pattern, this.#addCampaign()], procedure)),
      pattern,
    ];
  }

  addProcedureRow({ procedure, comment }: Extract<Finding, { kind: 'procedure' }>): readonly StixId[] {
    return comment === '' ? [this.#addProcedure(procedure)] : this.addText(procedure, comment, '');
  }

  addStatement({
    procedure,
    text,
    comment,
    reach,
    ads,
  }: Extract<Finding, { kind: 'statement' }>): readonly StixId[] {
    const incident = this.addIncident();
    const pattern = procedure ? [this.#addProcedure(procedure)] : [];
    // A sentence says more than its number.
    const isProse = comment !== '' || ads !== undefined || reach.length > 0;
    const notes = isProse
      ? [this.add(makeNote(this.#origin, text, comment, [incident, ...pattern], procedure))]
      : [];
    return [incident, ...pattern, ...notes];
  }

  addValues(finding: Extract<Finding, { kind: 'values' }>): readonly StixId[] {
    const { procedure, values, comment, isOfOthers, authenticity } = finding;
    const incident = this.addIncident();
    const pattern = procedure && this.#addProcedure(procedure);
    return values.flatMap((value) => {
      const observed = toObserved(value, authenticity, this.#standing);
      const observable = this.add(observed.object);
      const said = isOfOthers
        ? [procedure?.label ?? '', comment].filter((text) => text !== '').join('\n')
        : '';
      this.#relate(incident, 'related-to', observable, said);
      // Nobody should look out for the site of a victim or of a service.
      if (isOfOthers) return [observable];
      const indicator = this.add(makeIndicator(this.#origin, observed, finding));
      this.#relate(indicator, 'indicates', this.#addCampaign());
      if (pattern !== undefined) this.#relate(indicator, 'indicates', pattern);
      return [observable, indicator];
    });
  }

  #addProcedure(procedure: Procedure): StixId {
    const key = `${procedure.phase ?? ''} ${procedure.label}`;
    const known = this.#procedures.get(key);
    if (known !== undefined) return known;
    const pattern = this.add(makeAttackPattern(this.#origin, procedure));
    this.#procedures.set(key, pattern);
    this.#relate(this.#addCampaign(), 'uses', pattern);
    return pattern;
  }

  #addCampaign(): StixId {
    return this.add(this.#campaign);
  }

  #relate(source: StixId, type: string, target: StixId, description = ''): void {
    const key = [source, type, target, description].join(' ');
    if (this.#related.has(key)) return;
    this.#related.add(key);
    this.add(makeRelationship(this.#origin, source, type, target, description));
  }
}
