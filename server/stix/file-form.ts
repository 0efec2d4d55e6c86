import { AppError } from '../domain/errors.ts';
import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.ts';
import type { JsonListener } from './json-stream.ts';

/** What a file is: a list, a bundle or an envelope with its objects in a member, or one object by itself. */
export interface FileForm {
  readonly kind: 'list' | 'members' | 'single';
  readonly objects: number;
  /** The size of the largest object, in bytes. */
  readonly largestBytes: number;
}

/** Counts objects, and knows the size of the largest. */
class Tally {
  objects = 0;
  largestBytes = 0;

  add(bytes: number): void {
    this.objects += 1;
    this.largestBytes = Math.max(this.largestBytes, bytes);
  }
}

/**
 * Finds out what a file is while it comes in, as `readFile` does with one that is there as a whole: the form is known at
 * the end alone, since `type` may be the last member. Where a member stands twice, the last one counts.
 */
export class FormFinder implements JsonListener {
  #root = 0;
  #rootStart = 0;
  #rootBytes = 0;
  /** The items of a list, and whether one of them says its type. */
  readonly #items = new Tally();
  #hasTyped = false;
  /** The items of the member "objects". */
  #inObjects = new Tally();
  #timesObjects = 0;
  #objectsAreList = false;

  #hasName = false;
  #isBundle = false;
  /** Whether `type` of the root, or of an item of a list, is a text. */
  #isTyped = false;
  #name: string | undefined;
  #innerName: string | undefined;
  #memberStart = 0;
  #itemStart = 0;

  begin(depth: number, offset: number, first: number): void {
    if (depth === 0) {
      this.#root = first;
      this.#rootStart = offset;
    } else if (depth === 1) {
      this.#memberStart = offset;
      if (this.#root === OPEN_BRACE) this.#beginMember(first);
      else {
        this.#innerName = undefined;
        this.#isTyped = false;
      }
    } else {
      this.#itemStart = offset;
      if (this.#root === OPEN_BRACKET && this.#innerName === 'type') this.#isTyped = first === QUOTE;
    }
  }

  end(depth: number, offset: number, text: string | undefined): void {
    if (depth === 0) this.#rootBytes = offset - this.#rootStart;
    else if (depth === 2) {
      if (this.#isInList()) this.#inObjects.add(offset - this.#itemStart);
    } else if (this.#root === OPEN_BRACKET) {
      this.#items.add(offset - this.#memberStart);
      if (this.#isTyped) this.#hasTyped = true;
    } else if (this.#name === 'type') this.#isBundle = text === 'bundle';
  }

  name(depth: number, name: string | undefined): void {
    if (depth === 1) this.#name = name;
    else this.#innerName = name;
  }

  #beginMember(first: number): void {
    if (this.#name === 'type' || this.#name === 'id') this.#hasName = true;
    if (this.#name === 'type') this.#isTyped = first === QUOTE;
    if (this.#name !== 'objects') return;
    this.#timesObjects += 1;
    this.#objectsAreList = first === OPEN_BRACKET;
    this.#inObjects = new Tally();
  }

  #isInList(): boolean {
    return this.#root === OPEN_BRACE && this.#name === 'objects' && this.#objectsAreList;
  }

  /**
   * The form, once the text has ended and is JSON.
   * @throws AppError `body.not-json` when the list of the objects stands there twice, `body.not-an-envelope` when there
   * is no object
   */
  toForm(): FileForm {
    if (this.#root === OPEN_BRACKET) return toForm('list', this.#items, this.#hasTyped);
    const isEnvelope = !this.#hasName && this.#objectsAreList;
    if (this.#root === OPEN_BRACE && (this.#isBundle || isEnvelope)) {
      if (this.#timesObjects > 1) {
        throw new AppError('body.not-json', { detail: 'The body has the member "objects" twice.' });
      }
      return toForm('members', this.#inObjects, this.#inObjects.objects > 0);
    }
    const single = new Tally();
    single.add(this.#rootBytes);
    return toForm('single', single, this.#root === OPEN_BRACE && this.#isTyped);
  }
}

function toForm(kind: FileForm['kind'], tally: Tally, hasObject: boolean): FileForm {
  if (!hasObject) throw new AppError('body.not-an-envelope');
  return { kind, objects: tally.objects, largestBytes: tally.largestBytes };
}
