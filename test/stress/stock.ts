import { hash } from 'node:crypto';
import { keyOf, type StixObject } from '../process/feed.ts';
import type { Sight } from './history.ts';

export type Random = (below: number) => number;

/** What is posted: as JSON leaves out what is undefined, an observable has no times. */
export type Draft = StixObject & { readonly type: string; readonly [name: string]: unknown };

/** TLP:GREEN and AUDIENCE:ALL: what goes to intake is shown to all three audiences. */
const MARKINGS = [
  'marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb',
  'marking-definition--f9d6cc4f-ad17-429f-936e-42863911a82e',
];
const START = Date.UTC(2026, 9, 1, 8);
const MINUTE_MS = 60_000;

/** A UUID of version 4, the same for the same random numbers. */
export function makeId(type: string, random: Random): string {
  const digits = Array.from({ length: 32 }, () => random(16).toString(16)).join('');
  const uuid = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ];
  return `${type}--${uuid.join('-')}`;
}

/** The time of the `number`-th version of an object. */
function versionTime(number: number): string {
  return new Date(START + number * MINUTE_MS).toISOString();
}

export function makeCampaign(id: string, number: number, name: string): Draft {
  return {
    ...{ type: 'campaign', spec_version: '2.1', id },
    ...{ created: versionTime(0), modified: versionTime(number), name },
    object_marking_refs: MARKINGS,
  };
}

export function makeLink(id: string, source: string, target: string): Draft {
  return {
    ...{ type: 'relationship', spec_version: '2.1', id },
    ...{ created: versionTime(0), modified: versionTime(0), relationship_type: 'related-to' },
    ...{ source_ref: source, target_ref: target, object_marking_refs: MARKINGS },
  };
}

export function makeSite(id: string): Draft {
  return {
    ...{ type: 'domain-name', spec_version: '2.1', id, value: `${id.slice(13)}.example` },
    object_marking_refs: MARKINGS,
  };
}

/** An object as the history knows it; one that was sent is served with the same members in the same order. */
export function toSight(object: StixObject): Sight {
  return [keyOf(object), hash('sha256', JSON.stringify(object), 'base64url').slice(0, 12)];
}
