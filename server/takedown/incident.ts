import { canonicalJson } from '../stix/values/canonical-json.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { Actor } from './actor.ts';
import { INCIDENT_TAKEDOWN } from '../stix/extension-ids.ts';
import type { Finding } from './findings.ts';
import { make, type Made, type Origin } from './makers.ts';
import { companyOf } from './platforms.ts';

type Asset = JsonObject & { readonly platform: string };
type Statement = Extract<Finding, { kind: 'statement' }>;
type Values = Extract<Finding, { kind: 'values' }>;

/**
 * The takedown itself with the numbers that the list states of the platforms of who acted; when it states none, with
 * what it names there counted. A list that has nothing there has what it names at all, and says so: the extension asks
 * for numbers, and nobody removes what stands with others.
 * @param day when it was acted on, `YYYY-MM-DD`
 */
export function makeIncident(origin: Origin, day: string, actor: Actor, findings: readonly Finding[]): Made {
  const statements = findings.filter((finding) => finding.kind === 'statement');
  const { assets, words } = chooseAssets(statements, findings, actor);
  const description = `Takedown on ${day}, as a list of the platform has it.${words}`;
  const extension = {
    extension_type: 'property-extension',
    action: 'removal',
    acted_on: `${day}T00:00:00Z`,
    acted_by_ref: actor.identity,
    assets,
    ...toReach(statements),
    ...toAds(statements),
  };
  return make(origin, 'incident', [], {
    name: origin.name,
    description,
    labels: ['takedown'],
    // Without a number there is nothing to say in it.
    ...(assets.length > 0 ? { extensions: { [INCIDENT_TAKEDOWN]: extension } } : {}),
  });
}

interface Counted {
  readonly assets: readonly Asset[];
  /** What a reader has to know of them. */
  readonly words: string;
}

function chooseAssets(
  statements: readonly Statement[],
  findings: readonly Finding[],
  { platform, name }: Actor,
): Counted {
  const stated = inOrder(statements.flatMap(toStatedAssets));
  const named = inOrder(countNamed(findings));
  const company = companyOf(platform);
  const isOwn = (asset: Asset): boolean => companyOf(asset.platform) === company;
  if (stated.some(isOwn)) return { assets: stated.filter(isOwn), words: '' };
  if (named.some(isOwn)) {
    const words = ` The list states no numbers of assets on platforms of ${name}: those here count what it names there.`;
    return { assets: named.filter(isOwn), words };
  }
  const assets = stated.length > 0 ? stated : named;
  if (assets.length === 0) return { assets, words: '' };
  const words = ` The list names no assets on platforms of ${name}. The numbers here are of what it names elsewhere, which ${name} did not remove; the list does not say whether anybody did.`;
  return { assets, words };
}

function toStatedAssets({ assets }: Statement): readonly Asset[] {
  return assets.map(({ platform, assetType, count, qualifier }) => ({
    platform,
    asset_type: assetType,
    count,
    qualifier,
  }));
}

function toReach(statements: readonly Statement[]): JsonObject {
  const reach = statements.flatMap((statement) =>
    statement.reach.map(({ platform, assetType, relation, count, qualifier }) => ({
      platform,
      asset_type: assetType,
      relation,
      count,
      qualifier,
    })),
  );
  return reach.length > 0 ? { reach: inOrder(reach) } : {};
}

/** One statement on ads has a place; of several, none is the right one, and their words stay in notes. */
function toAds(statements: readonly Statement[]): JsonObject {
  const found = inOrder(
    statements.flatMap(({ ads }) =>
      ads
        ? [
            {
              spend: ads.spend,
              spend_qualifier: ads.qualifier,
              currency: ads.currency,
              ...(ads.paidIn.length > 0 ? { paid_in: ads.paidIn } : {}),
            },
          ]
        : [],
    ),
  );
  const [ads] = found;
  return ads && found.length === 1 ? { ads } : {};
}

function countNamed(findings: readonly Finding[]): readonly Asset[] {
  const named = findings
    .filter((finding): finding is Values => finding.kind === 'values' && !finding.isOfOthers)
    .flatMap(({ values }) => values);
  const counted = new Map<string, { readonly kind: Asset; readonly members: Set<string> }>();
  for (const value of named) {
    if (value.kind !== 'account' && value.kind !== 'domain') continue;
    const kind =
      value.kind === 'domain'
        ? { platform: 'dns', asset_type: 'domain' }
        : { platform: value.account.platform, asset_type: value.account.kind };
    const key = canonicalJson(kind);
    const known = counted.get(key) ?? { kind, members: new Set() };
    const { login, userId } = value.kind === 'account' ? value.account : { login: value.value };
    known.members.add(JSON.stringify([login ?? null, userId ?? null]));
    counted.set(key, known);
  }
  return [...counted.values()].map(({ kind, members }) => ({
    ...kind,
    count: members.size,
    qualifier: 'exact',
  }));
}

/** Each once, in an order that does not depend on that of the rows. */
function inOrder<T extends JsonValue>(values: readonly T[]): readonly T[] {
  const byText = new Map(values.map((value) => [canonicalJson(value), value]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
