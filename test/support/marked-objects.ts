import { toStixId } from './publications.ts';

const marking = (uuid: string): string => `marking-definition--${uuid}`;

/** The fixed markings, by what they say. */
export const MARKINGS = {
  clear: marking('94868c89-83c2-464b-929b-a1a8aa3c8487'),
  white: marking('613f2e26-407d-48c7-9eca-b8e91df99dc9'),
  green: marking('bab4a63c-aed9-4cf5-a766-dfca5abac2bb'),
  amber: marking('55d920b0-5e8b-4f79-9ee9-91f868d9b421'),
  red: marking('e828b379-4e03-4974-9ac4-e53a884c97c1'),
  red1: marking('5e57c739-391a-4eb3-b6be-7d15ca92d5ed'),
  all: marking('f9d6cc4f-ad17-429f-936e-42863911a82e'),
  federal: marking('df7a55fa-4673-428c-ba6d-071f2b6052f1'),
  state: marking('a07bf453-6f57-4482-888f-d152f307bd80'),
  private: marking('1056013b-2b8f-456b-8cd4-bc2d099312be'),
} as const;

export type MarkingName = keyof typeof MARKINGS;

/** A member that marks an object. */
export function marked(...names: readonly MarkingName[]): { object_marking_refs: readonly string[] } {
  return { object_marking_refs: names.map((name) => MARKINGS[name]) };
}

interface Identified {
  readonly type: string;
  readonly id: string;
  readonly [name: string]: unknown;
}

/** The n-th minute of a day, as a STIX time. */
export function toTime(n: number): string {
  return new Date(Date.UTC(2018, 7, 21) + n * 60_000).toISOString();
}

/** The `version`-th version of the n-th object of a type with versions. */
export function versioned(type: string, n: number, rest: object = {}, version = 0): Identified {
  const times = { created: toTime(0), modified: toTime(version) };
  return { type, spec_version: '2.1', id: toStixId(type, n), ...times, ...rest };
}

export function campaign(n: number, rest: object = {}, version = 0): Identified {
  return versioned('campaign', n, { name: `Campaign ${n}`, ...rest }, version);
}

/** An identity of an organisation: a supporting object. */
export function identity(id: string, rest: object = {}, version = 0): Identified {
  return {
    ...versioned('identity', 0, { name: 'Somebody', identity_class: 'organization', ...rest }, version),
    id,
  };
}

/** An observable: everybody who sends it sends the same id. */
export function domain(n: number, rest: object = {}): Identified {
  const id = toStixId('domain-name', n);
  return { type: 'domain-name', spec_version: '2.1', id, value: `d${n}.example`, ...rest };
}

export function relationship(n: number, source: string, target: string, rest: object = {}): Identified {
  const ends = { relationship_type: 'related-to', source_ref: source, target_ref: target };
  return versioned('relationship', n, { ...ends, ...rest });
}
