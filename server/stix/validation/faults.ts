/** What is wrong with one place of an object. */
export interface Fault {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  /** What was expected and what was found, in words. */
  readonly message: string;
}

/** The faults of one object: the first of them, and how many there are. */
export interface Findings {
  readonly faults: readonly Fault[];
  readonly count: number;
}

export const NO_FAULTS: Findings = { faults: [], count: 0 };

/** So many faults of one object are told; of the rest the number. */
export const MAX_TOLD = 20;

interface Found {
  readonly seen: Set<string>;
  readonly faults: Fault[];
}

/** Gathers faults: one for each place and kind, the first of them with their text. */
export class FaultList {
  /** Made when it is needed: nearly every object has no faults. */
  #found: Found | undefined;
  readonly #path: string;

  constructor(found?: Found, path = '') {
    this.#found = found;
    this.#path = path;
  }

  /** The same list for who knows only what stands at a pointer. */
  within(path: string): FaultList {
    return new FaultList(this.#require(), `${this.#path}${path}`);
  }

  /**
   * Adds a fault unless the place has one.
   * @param describe makes the message; called only for those that are told
   */
  add(path: string, describe: () => string): void {
    this.addKind(path, '', describe);
  }

  /** Adds a fault unless the place has one of this kind: an object can lack several things at once. */
  addKind(path: string, kind: string, describe: () => string): void {
    const place = `${this.#path}${path}`;
    const key = kind === '' ? place : `${place} ${kind}`;
    const { seen, faults } = this.#require();
    if (seen.has(key)) return;
    seen.add(key);
    if (faults.length < MAX_TOLD) faults.push({ path: place, message: describe() });
  }

  get isEmpty(): boolean {
    return this.#found === undefined || this.#found.seen.size === 0;
  }

  has(path: string): boolean {
    return this.#found?.seen.has(`${this.#path}${path}`) ?? false;
  }

  toFindings(): Findings {
    const { faults, seen } = this.#require();
    return { faults, count: seen.size };
  }

  #require(): Found {
    this.#found ??= { seen: new Set(), faults: [] };
    return this.#found;
  }
}

/** A member's name as a step of a JSON pointer. */
export function toPointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
