import { AppError } from '../domain/errors.ts';
import { FormFinder, type FileForm } from './file-form.ts';
import { JsonStream, type JsonListener } from './json-stream.ts';
import type { ReadLimits } from './read-objects.ts';
import { Utf8Stream } from './utf8-stream.ts';

/**
 * Reads a file from start to end and keeps nothing of it: finds what it is and how many objects it has, and refuses what
 * `readFile` refuses, for the same reason.
 * @param pieces the bytes, cut anywhere
 * @throws AppError `body.not-utf8`, `body.too-deep`, `body.not-json`, `body.not-an-envelope`
 */
export async function readForm(
  pieces: AsyncIterable<Uint8Array>,
  { maxDepth }: Pick<ReadLimits, 'maxDepth'>,
): Promise<FileForm> {
  const characters = new Utf8Stream();
  const finder = new FormFinder();
  const json = new JsonStream(finder, maxDepth);
  for await (const piece of pieces) {
    const whole = characters.push(piece);
    if (!characters.isFaulty) json.push(whole);
  }
  characters.end();
  json.end();
  if (characters.isFaulty) throw new AppError('body.not-utf8', { detail: 'The body is not UTF-8.' });
  if (json.isTooDeep) {
    throw new AppError('body.too-deep', { detail: `The body nests deeper than ${maxDepth} levels.` });
  }
  if (json.fault) {
    const { line, column } = json.fault;
    throw new AppError('body.not-json', {
      detail: `The body is not JSON (line ${line}, column ${column}).`,
    });
  }
  return finder.toForm();
}

/**
 * Reads a file that `readForm` has read, and cuts its objects out, byte for byte and in their order. It holds one object,
 * and those of the piece that was read last.
 * @param pieces the same bytes, cut anywhere; a piece may be used again for the next one
 * @returns what ends in each piece
 */
export async function* cutObjects(
  pieces: AsyncIterable<Uint8Array>,
  form: FileForm,
  { maxDepth }: Pick<ReadLimits, 'maxDepth'>,
): AsyncGenerator<readonly Buffer[], void> {
  const characters = new Utf8Stream();
  const cutter = new Cutter(form.kind);
  const json = new JsonStream(cutter, maxDepth);
  for await (const piece of pieces) {
    const whole = characters.push(piece);
    json.push(whole);
    yield cutter.take(whole);
  }
  json.end();
  yield cutter.take(Buffer.alloc(0));
}

/** Cuts out the values that the form says are objects. */
class Cutter implements JsonListener {
  readonly #kind: FileForm['kind'];
  readonly #depth: number;
  #isInObjects = false;
  #start = -1;
  /** The objects that have ended since they were last taken. */
  #spans: (readonly [start: number, end: number])[] = [];
  /** What earlier pieces have of the object that goes on. */
  #held: Buffer[] = [];
  /** Bytes before the present piece. */
  #base = 0;

  constructor(kind: FileForm['kind']) {
    this.#kind = kind;
    this.#depth = { single: 0, list: 1, members: 2 }[kind];
  }

  begin(depth: number, offset: number): void {
    if (depth === this.#depth && this.#isObject()) this.#start = offset;
  }

  end(depth: number, offset: number): void {
    if (depth !== this.#depth || this.#start < 0) return;
    this.#spans.push([this.#start, offset]);
    this.#start = -1;
  }

  name(depth: number, name: string | undefined): void {
    if (depth === 1) this.#isInObjects = name === 'objects';
  }

  #isObject(): boolean {
    return this.#kind !== 'members' || this.#isInObjects;
  }

  /** Copies what has ended in the piece that was just read, and keeps what goes on. */
  take(piece: Uint8Array): readonly Buffer[] {
    const cut = this.#spans.map(([start, end]) => {
      const last = piece.subarray(Math.max(0, start - this.#base), end - this.#base);
      if (this.#held.length === 0) return Buffer.from(last);
      const whole = Buffer.concat([...this.#held, last]);
      this.#held = [];
      return whole;
    });
    this.#spans = [];
    if (this.#start >= 0) this.#held.push(Buffer.from(piece.subarray(Math.max(0, this.#start - this.#base))));
    this.#base += piece.length;
    return cut;
  }
}
