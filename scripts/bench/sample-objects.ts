import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface SampleObject {
  readonly type: string;
  readonly id: string;
  readonly modified?: string;
}

const BUNDLE = new URL('../../collections/samples/august-2018.json', import.meta.url);

function parseBundle(json: string): { readonly objects: readonly SampleObject[] } {
  return JSON.parse(json) as { readonly objects: readonly SampleObject[] };
}

/** The objects of the August 2018 bundle, in its order. */
export function readSampleObjects(): readonly SampleObject[] {
  return parseBundle(readFileSync(BUNDLE, 'utf8')).objects;
}

export function toEnvelope(objects: readonly SampleObject[]): Buffer {
  return Buffer.from(JSON.stringify({ objects }));
}

/** New objects like those of the bundle that have versions, in turns: each has an id of its own. */
export function makeObjects(count: number): readonly (SampleObject & { readonly modified: string })[] {
  const patterns = readSampleObjects().flatMap((object) =>
    object.modified === undefined ? [] : [{ ...object, modified: object.modified }],
  );
  return Array.from({ length: Math.ceil(count / patterns.length) }, () => patterns)
    .flat()
    .slice(0, count)
    .map((object) => ({ ...object, id: `${object.type}--${randomUUID()}` }));
}
