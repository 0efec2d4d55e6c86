import { MAX_TOLD } from '../faults.ts';
import { nameOfWarning, type WarningCode } from './catalogue.ts';

/** Something that is allowed, but not as STIX advises. */
export interface Warning {
  /** The number of the OASIS validator's check; a word where it has none. */
  readonly code: WarningCode;
  /** The name of that check. */
  readonly name: string;
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  /** What was found and what was expected, in words. */
  readonly message: string;
}

/** The warnings about one object: the first of them, and how many there are. */
export interface Warnings {
  readonly warnings: readonly Warning[];
  readonly count: number;
}

const NO_WARNINGS: Warnings = { warnings: [], count: 0 };

interface Kept {
  readonly code: WarningCode;
  readonly path: string;
  readonly describe: () => string;
  readonly isFirstOfCode: boolean;
}

/** Gathers warnings. The first of each code is told before others, so that many of one kind hide no other kind. */
export class WarningList {
  readonly #kept: Kept[] = [];
  readonly #counts = new Map<WarningCode, number>();
  #count = 0;

  /**
   * Adds a warning.
   * @param path JSON pointer of the place
   * @param describe makes the message; called only for those that are told
   */
  add(code: WarningCode, path: string, describe: () => string): void {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    this.#count += 1;
    if (count <= MAX_TOLD) this.#kept.push({ code, path, describe, isFirstOfCode: count === 1 });
  }

  toWarnings(): Warnings {
    if (this.#count === 0) return NO_WARNINGS;
    return { warnings: this.#choose().map(toWarning), count: this.#count };
  }

  #choose(): readonly Kept[] {
    if (this.#kept.length <= MAX_TOLD) return this.#kept;
    const firsts = this.#kept.filter(({ isFirstOfCode }) => isFirstOfCode);
    const others = this.#kept.filter(({ isFirstOfCode }) => !isFirstOfCode);
    const told = new Set([...firsts, ...others].slice(0, MAX_TOLD));
    return this.#kept.filter((each) => told.has(each));
  }
}

function toWarning({ code, path, describe }: Kept): Warning {
  return { code, name: nameOfWarning(code), path, message: describe() };
}
