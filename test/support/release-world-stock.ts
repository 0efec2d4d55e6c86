import type { StixId } from '../../server/domain/ids.ts';
import type { OracleOrganisation } from './release-oracle-world.ts';
import { HUB_IDENTITY } from './release-world-setup.ts';

/** An object that a world may hold: what all its versions share. */
export interface Planned {
  readonly id: StixId;
  readonly type: string;
  readonly owner: OracleOrganisation;
  readonly creator?: StixId;
  /** Of an identity: a person, so no supporting object. */
  readonly individual: boolean;
}

/** What the versions of one world are made of. */
export interface Stock {
  readonly planned: readonly Planned[];
  /** Ids that are never sent, and one that lies in the reference collection. */
  readonly elsewhere: readonly StixId[];
  readonly organisations: readonly OracleOrganisation[];
  /** How likely an object carries a marking that the world made itself, in percent. */
  readonly ownMarkings: number;
}

export type Words = readonly [string, ...string[]];
/** Some stand inside others, so that what one place hides is said in another. */
export const TEXTS: Words = [
  'Liberty front page',
  'run from zeta-quill',
  'ZETA-QUILL',
  'seen by ACM analysts',
  'acmeology of the coast',
  'told by BLUEBIRD MEDIA',
  'Orchard State noticed it',
  'cafe\u0301 lights',
  'at the caf\u00e9 lights tonight',
  'abc',
  'a plain sentence',
];

/** The ids that things of a world may refer to, of some types. */
export function idsOf(stock: Stock, isWanted: (type: string) => boolean): readonly StixId[] {
  const ids = [...stock.planned.map((one) => one.id), ...stock.elsewhere];
  return ids.filter((id) => isWanted(id.slice(0, id.indexOf('--'))));
}

export function identitiesOf(stock: Stock): readonly StixId[] {
  const registered = stock.organisations.flatMap((one) => one.identity ?? []);
  return [...registered, HUB_IDENTITY, ...idsOf(stock, (type) => type === 'identity')];
}
