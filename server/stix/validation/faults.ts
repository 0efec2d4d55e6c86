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

/** What several views of a list share. */
interface Found {
  /** Of each fault that is told: its place, and its kind where a place can have several. */
  readonly keys: string[];
  readonly faults: Fault[];
  count: number;
  last: string | undefined;
}

/** Longer places are not compared: an object can have thousands of them. */
const MAX_COMPARED = 1000;

/** Gathers faults: one for each place and kind, the first of them with their text. */
export class FaultList {
  readonly #path: string;
  #found: Found | undefined;

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

  /**
   * Adds a fault unless the place has one of this kind: an object can lack several things at once. Of those that are
   * not told only neighbours are compared. There is no set of all places: V8 hashes a text of more than 16,383
   * characters by its length alone, and places can be longer.
   */
  addKind(path: string, kind: string, describe: () => string): void {
    const found = this.#require();
    const place = `${this.#path}${path}`;
    const isLong = place.length > MAX_COMPARED;
    const key = isLong || kind === '' ? place : `${place} ${kind}`;
    if (!isLong && (found.last === key || (found.keys.length < MAX_TOLD && found.keys.includes(key)))) return;
    found.count += 1;
    found.last = isLong ? undefined : key;
    if (found.keys.length >= MAX_TOLD) return;
    found.keys.push(key);
    found.faults.push({ path: place, message: describe() });
  }

  get isEmpty(): boolean {
    return this.#found === undefined || this.#found.count === 0;
  }

  toFindings(): Findings {
    return { faults: this.#found?.faults ?? [], count: this.#found?.count ?? 0 };
  }

  /** Made with the first fault: nearly every object has none. */
  #require(): Found {
    const found = this.#found ?? { keys: [], faults: [], count: 0, last: undefined };
    this.#found = found;
    return found;
  }
}

/** A member's name as a step of a JSON pointer. */
export function toPointerStep(name: string | number): string {
  return `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
