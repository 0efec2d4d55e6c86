import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface SampleObject {
  readonly type: string;
  readonly id: string;
  readonly modified?: string;
  readonly object_marking_refs?: readonly string[];
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

const SUPPORTING: readonly string[] = ['marking-definition', 'extension-definition', 'identity'];
const FOR_EVERYBODY = [
  'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487',
  'marking-definition--f9d6cc4f-ad17-429f-936e-42863911a82e',
] as const;
const IDENTIFIER = /[a-z0-9-]{1,50}--[0-9a-f-]{36}/g;

/**
 * The objects of the bundle, marked so that all of each may reach every audience (TLP:CLEAR, AUDIENCE:ALL). What is
 * built in has no markings, and stays as it is.
 */
export function readReleasableObjects(): readonly SampleObject[] {
  return readSampleObjects().map((object) => {
    if (SUPPORTING.includes(object.type) && object.object_marking_refs === undefined) return object;
    return { ...object, object_marking_refs: FOR_EVERYBODY, granular_markings: undefined };
  });
}

/**
 * New objects like the releasable ones that have versions, in turns: each has an id of its own, and refers to the new
 * objects of its turn where there are such, else to what the bundle has.
 */
export function makeReleasableObjects(count: number): readonly SampleObject[] {
  const patterns = readReleasableObjects().filter(
    ({ type, modified }) => modified !== undefined && !SUPPORTING.includes(type),
  );
  const made: SampleObject[] = [];
  while (made.length < count) {
    const turn = patterns.slice(0, count - made.length);
    const ids = new Map(turn.map(({ id, type }) => [id, `${type}--${randomUUID()}`]));
    const json = JSON.stringify({ objects: turn }).replace(IDENTIFIER, (id) => ids.get(id) ?? id);
    made.push(...parseBundle(json).objects);
  }
  return made;
}
