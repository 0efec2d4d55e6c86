import type { Tick } from '../../domain/timestamp.ts';
import type { RawObject } from '../../stix/read-objects.ts';

/** What goes with every request to prove who we are; the secret is in it. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'certificate'; readonly pem: string };

/** Each is a setting; what exceeds one is a `PartnerFault`. */
export interface ClientLimits {
  /** Of one answer, after decompression, in bytes. */
  readonly maxAnswerBytes: number;
  /** From the first byte sent to the last one received, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly maxRedirects: number;
  /** How often a request is sent again after a failure that may pass. */
  readonly maxRetries: number;
  /** The longest wait that a partner may ask for within a run, in milliseconds. */
  readonly maxRetryAfterMs: number;
  /** Nesting of an answer. */
  readonly maxDepth: number;
  readonly maxObjects: number;
}

export interface ClientOptions {
  readonly credentials: Credentials;
  /** PEM texts of authorities besides the usual ones. */
  readonly authorities?: string;
  readonly allowPrivate: boolean;
  readonly limits: ClientLimits;
  /** Name and version of this software (TAXII 2.1 interoperability, 2.1.4). */
  readonly userAgent: string;
  /** Ends what is under way with the reason of the signal. */
  readonly signal: AbortSignal;
  /** Resolves after so many milliseconds, or rejects when the signal fires. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
  /** Asked right before each request goes out; what it throws is thrown. */
  readonly mayAsk: () => void;
}

/** GET /taxii2/ (TAXII 2.1, 4.1) or the API root itself (4.2): partners name either. */
export type Service =
  | {
      readonly kind: 'discovery';
      /** Absolute, the default one first. */ readonly apiRoots: readonly string[];
    }
  | { readonly kind: 'api-root'; readonly maxContentLength: number | undefined };

/** A collection as its partner describes it (TAXII 2.1, 5.2); rights that are not said are `undefined`. */
export interface PartnerCollection {
  readonly id: string;
  readonly title: string;
  readonly alias: string | undefined;
  readonly canRead: boolean | undefined;
  readonly canWrite: boolean | undefined;
}

export interface CollectionAddress {
  /** With a slash at the end. */
  readonly apiRoot: string;
  readonly collection: string;
}

export interface PageQuery {
  readonly addedAfter?: Tick;
  readonly next?: string;
  readonly limit: number;
  readonly types?: readonly string[];
  /** Asks for all versions; else the parameter is not sent. */
  readonly allVersions: boolean;
}

/** Where a page stands, as its headers say (TAXII 2.1, 3.2): what is missing or no timestamp is `undefined`. */
export interface PagePlace {
  readonly first: Tick | undefined;
  readonly last: Tick | undefined;
  /** The partner's clock, from the Date header. */
  readonly date: Tick | undefined;
}

export interface PartnerPage extends PagePlace {
  readonly objects: readonly RawObject[];
  /** Undefined when the envelope does not say it. */
  readonly more: boolean | undefined;
  readonly next: string | undefined;
  /** Lower-case hexadecimal SHA-256 of the body: the same page has the same one. */
  readonly digest: string;
}

export interface PartnerManifest extends PagePlace {
  /** `date_added` of the records, as far as they are timestamps. */
  readonly records: readonly { readonly id: string; readonly dateAdded: Tick }[];
  readonly more: boolean | undefined;
}

export interface PartnerFailure {
  readonly id: string;
  readonly version: string | undefined;
  readonly message: string | undefined;
}

/** A status resource (TAXII 2.1, 4.3). */
export interface PartnerStatus {
  readonly id: string | undefined;
  readonly isComplete: boolean;
  readonly successCount: number;
  readonly failureCount: number;
  readonly pendingCount: number;
  readonly failures: readonly PartnerFailure[];
}

/** What was spent so far. */
export interface Bill {
  readonly requests: number;
  /** Of answers, as they came over the wire. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/**
 * A TAXII 2.1 client that bears what real servers do (TAXII 2.1 reference, 8). Every method may throw
 * `PartnerFault`, and the reason of the signal.
 */
export interface TaxiiClient {
  readService(url: string): Promise<Service>;
  listCollections(apiRoot: string): Promise<readonly PartnerCollection[]>;
  readObjects(address: CollectionAddress, query: PageQuery): Promise<PartnerPage>;
  readManifest(address: CollectionAddress, query: PageQuery): Promise<PartnerManifest>;
  /** @param body an envelope */
  addObjects(address: CollectionAddress, body: Uint8Array): Promise<PartnerStatus>;
  readStatus(apiRoot: string, id: string): Promise<PartnerStatus>;
  bill(): Bill;
  close(): Promise<void>;
}
