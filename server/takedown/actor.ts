import type { StixId } from '../domain/ids.ts';
import type { Finding } from './findings.ts';
import { toTakedownId } from './identifiers.ts';
import type { Made } from './makers.ts';
import { companyOf, isKnown, ownersOf, titleOf, toPlatformName } from './platforms.ts';

/** An organisation as this deployment knows it. */
export interface Party {
  readonly id: string;
  readonly name: string;
  readonly identity?: StixId;
}

/** Who acted, and on which platforms what is listed was removed. */
export interface Actor {
  readonly identity: StixId;
  /** For people. */
  readonly name: string;
  readonly platform: string;
  /** The identity as an object, when nobody has registered one. */
  readonly object?: Made;
}

/**
 * When identities were made that lists make: the same for all lists, as an object keeps its `created` (STIX 2.1, 3.6).
 */
const MADE_AT = '2026-11-22T00:00:00.000Z';

/** The identity of an organisation: the registered one, else one that comes from its id and its name. */
export function toIdentity({ id, name, identity }: Party): {
  readonly identity: StixId;
  readonly object?: Made;
} {
  if (identity !== undefined) return { identity: identity.toLowerCase() };
  const made = toTakedownId('identity', ['organisation', id, name]);
  return { identity: made, object: makeIdentity(made, made, name) };
}

/**
 * Who acted: the platform that is named, else the one whose assets the list counts (platforms count only what they
 * removed themselves), else the platform that imports its own list. Undefined when nobody says.
 */
export function findActor(
  importer: Party,
  importedBy: StixId,
  parties: readonly Party[],
  platform: string | undefined,
  findings: readonly Finding[],
): Actor | undefined {
  const acting = platform ?? findCounting(findings) ?? findPlatformOf(importer);
  if (acting === undefined) return undefined;
  const names = ownersOf(acting);
  if (isNamed(importer, names)) return { identity: importedBy, name: importer.name, platform: acting };
  const registered = parties.find((party) => party.identity !== undefined && isNamed(party, names));
  if (registered) {
    return { identity: toIdentity(registered).identity, name: registered.name, platform: acting };
  }
  // Of one company whatever its platform: it is the company that acts.
  const company = companyOf(acting);
  const made = toTakedownId('identity', ['platform', importedBy, company]);
  const title = titleOf(company);
  return { identity: made, name: title, platform: acting, object: makeIdentity(made, importedBy, title) };
}

function findPlatformOf({ id, name }: Party): string | undefined {
  return [id, name].map(toPlatformName).find((each) => each !== undefined && isKnown(each));
}

function isNamed({ id, name }: Party, names: readonly string[]): boolean {
  return names.includes(id.toLowerCase()) || names.includes(name.toLowerCase());
}

function findCounting(findings: readonly Finding[]): string | undefined {
  const platforms = findings
    .flatMap((finding) => (finding.kind === 'statement' ? finding.assets : []))
    .map(({ platform }) => platform)
    .filter((platform) => platform !== 'dns');
  const companies = [...new Set(platforms.map(companyOf))];
  return companies.length === 1 ? companies[0] : undefined;
}

function makeIdentity(id: StixId, createdBy: StixId, name: string): Made {
  return {
    type: 'identity',
    spec_version: '2.1',
    id,
    created_by_ref: createdBy,
    created: MADE_AT,
    modified: MADE_AT,
    name,
    identity_class: 'organization',
  };
}
