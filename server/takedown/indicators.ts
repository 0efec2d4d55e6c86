import type { JsonObject } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import type { Procedure } from './kill-chain.ts';
import { idOf, make, toKillChainPhase, toTime, type Made, type Origin } from './makers.ts';
import type { Observed } from './observables.ts';

/** What a row says about the thing that it names. */
interface Naming {
  readonly procedure?: Procedure;
  readonly comment: string;
  readonly date?: string;
}

/** Descriptions are for people. */
const MAX_SAID_LENGTH = 20_000;

/** Collects what rows say of one pattern, and makes one indicator of it, whatever the order of the rows. */
export class IndicatorBuilder {
  readonly id: StixId;
  readonly #origin: Origin;
  readonly #pattern: string;
  readonly #titles = new Set<string>();
  readonly #said = new Set<string>();
  readonly #phases = new Set<string>();
  readonly #dates = new Set<string>();

  constructor(origin: Origin, pattern: string) {
    this.#origin = origin;
    this.#pattern = pattern;
    this.id = idOf(origin, 'indicator', [pattern]);
  }

  add({ title }: Observed, { procedure, comment, date }: Naming): void {
    this.#titles.add(title);
    const said = [procedure?.label ?? '', comment].filter((text) => text !== '').join('\n');
    if (said !== '') this.#said.add(said);
    if (procedure?.phase !== undefined) this.#phases.add(procedure.phase);
    if (date !== undefined) this.#dates.add(date);
  }

  /** The indicator of what was said so far. Its id does not depend on it, so a corrected row makes a new version. */
  make(): Made {
    const [name = ''] = [...this.#titles].sort();
    const [date] = [...this.#dates].sort();
    return make(this.#origin, 'indicator', [this.#pattern], {
      name,
      description: this.#describe(),
      indicator_types: ['attribution'],
      pattern: this.#pattern,
      pattern_type: 'stix',
      pattern_version: '2.1',
      ...this.#toPhases(),
      valid_from: date === undefined ? this.#origin.time : toTime(date),
    });
  }

  #describe(): string {
    const said = [...this.#said].sort();
    if (said.length === 0) return `Named in the takedown list of ${this.#origin.name}.`;
    let length = 0;
    const kept = said.filter((text, index) => {
      length += text.length;
      return index === 0 || length <= MAX_SAID_LENGTH;
    });
    const rest = said.length - kept.length;
    return [...kept, ...(rest > 0 ? [`And ${rest} more in the list.`] : [])].join('\n\n');
  }

  #toPhases(): JsonObject {
    const phases = [...this.#phases].sort().map(toKillChainPhase);
    return phases.length > 0 ? { kill_chain_phases: phases } : {};
  }
}
