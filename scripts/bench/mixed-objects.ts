import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSampleObjects } from './sample-objects.ts';

/** What the tests have for each type is data, not code: nothing of it is imported. */
const FIXTURES = fileURLToPath(new URL('../../test/fixtures/stix/', import.meta.url));
/** A bundle is not checked as an object. */
const BUNDLE = 'bundle.json';

interface Fixture {
  readonly smallest: unknown;
  readonly fullest: unknown;
}

function parseFixture(json: string): Fixture {
  return JSON.parse(json) as Fixture;
}

/**
 * Valid objects of all kinds, in an order that is always the same: the August 2018 bundle, then the smallest and the
 * fullest object of every type and of each of our own extensions.
 * @returns the JSON text of each, without line breaks
 */
export function readMixedObjects(): readonly string[] {
  const files = [...listFiles(FIXTURES), ...listFiles(`${FIXTURES}extensions/`)];
  const fixtures = files.map((file) => parseFixture(readFileSync(file, 'utf8')));
  const ofTypes = fixtures.flatMap(({ smallest, fullest }) => [smallest, fullest]);
  return [...readSampleObjects(), ...ofTypes].map((object) => JSON.stringify(object));
}

function listFiles(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== BUNDLE);
  return names.sort().map((name) => `${folder}${name}`);
}
