import type { Audience } from './collection.ts';
import type { Role } from './access.ts';
import type { OrganisationId, StixId, UserName } from './ids.ts';
import type { Tick } from './timestamp.ts';

export interface Organisation {
  readonly id: OrganisationId;
  readonly name: string;
  readonly audience: Audience;
  /** The STIX identity that the organisation registered. */
  readonly identity?: StixId;
  readonly hub: boolean;
}

export interface User {
  readonly name: UserName;
  readonly org: OrganisationId;
  readonly role: Role;
  /** A password hash in PHC text form. */
  readonly passwordHash: string;
  /** The subject of a client certificate. */
  readonly certificate?: string;
  readonly disabled: boolean;
}

export interface Token {
  readonly id: string;
  readonly user: UserName;
  /** SHA-256 of the token, lower-case hexadecimal. */
  readonly hash: string;
  readonly createdAt: Tick;
  readonly expiresAt?: Tick;
  readonly revoked: boolean;
}
