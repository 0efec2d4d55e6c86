import { canonicalJson } from '../stix/values/canonical-json.ts';
import type { StixId } from '../domain/ids.ts';
import type { Finding } from './findings.ts';
import { IndicatorBuilder } from './indicators.ts';
import type { Procedure } from './kill-chain.ts';
import {
  makeAttackPattern,
  makeCampaign,
  makeNote,
  makeRelationship,
  type Made,
  type Origin,
} from './makers.ts';
import { toObserved, type Observed, type Standing } from './observables.ts';

/** Collects the objects of a list, each once. */
export class BundleBuilder {
  readonly #origin: Origin;
  readonly #standing: Standing;
  readonly #campaign: Made;
  readonly #incident: Made;
  readonly #objects = new Map<StixId, Made>();
  /** By their patterns. */
  readonly #indicators = new Map<string, IndicatorBuilder>();
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
    for (const indicator of this.#indicators.values()) {
      const made = indicator.make();
      this.#objects.set(made.id, made);
    }
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
    assets,
    reach,
    ads,
  }: Extract<Finding, { kind: 'statement' }>): readonly StixId[] {
    const incident = this.addIncident();
    const pattern = procedure ? [this.#addProcedure(procedure)] : [];
    // A sentence says more than its number.
    const isProse = comment !== '' || ads !== undefined || reach.length > 0;
    // The incident has no place for what others would have to remove.
    const isOfOthers = assets.some(({ platform }) => !this.#standing.isRemovedOn(platform));
    const notes =
      isProse || isOfOthers
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
      const indicator = this.#addIndicator(observed, finding);
      this.#relate(indicator, 'indicates', this.#addCampaign());
      if (pattern !== undefined) this.#relate(indicator, 'indicates', pattern);
      return [observable, indicator];
    });
  }

  /** Several rows may name one thing: what they say of it goes into one indicator. */
  #addIndicator(observed: Observed, finding: Extract<Finding, { kind: 'values' }>): StixId {
    const { pattern } = observed;
    const indicator = this.#indicators.get(pattern) ?? new IndicatorBuilder(this.#origin, pattern);
    this.#indicators.set(pattern, indicator);
    indicator.add(observed, finding);
    return indicator.id;
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
