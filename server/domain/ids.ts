import type { Tick } from './timestamp.ts';

/** The UUIDv4 of a TAXII collection. */
export type CollectionId = string & { readonly __brand: 'CollectionId' };
/** `type--UUID`. */
export type StixId = string;
export type OrganisationId = string;
export type UserName = string;
/** One held object version (of an SCO: one organisation's copy), as the store numbers it. */
export type Handle = number;

/** Where time comes from: the wall clock in `compose.ts`, a set time in tests. */
export interface Clock {
  /** Microseconds since 1970 of the wall clock. It may jump; nothing takes its order from it. */
  now(): Tick;
}

/** Where identifiers and secrets come from. */
export interface Ids {
  /** A random UUID, version 4. */
  uuid(): string;
  /** `bytes` random bytes. */
  secret(bytes: number): Uint8Array;
}
