import { canonicalJson } from '../stix/values/canonical-json.ts';
import type { JsonObject, JsonValue } from '../domain/held.ts';
import type { StixId } from '../domain/ids.ts';
import { INCIDENT_TAKEDOWN } from './extensions.ts';
import type { Finding } from './findings.ts';
import { make, type Made, type Origin } from './makers.ts';

type Statement = Extract<Finding, { kind: 'statement' }>;
type Values = Extract<Finding, { kind: 'values' }>;

/**
 * The takedown itself with the numbers that the list states. A list that states none has what it names counted, and
 * says so: the extension asks for numbers.
 * @param day when it was acted on, `YYYY-MM-DD`
 */
export function makeIncident(
  origin: Origin,
  day: string,
  actedBy: StixId,
  findings: readonly Finding[],
): Made {
  const statements = findings.filter((finding) => finding.kind === 'statement');
  const stated = inOrder(statements.flatMap(toStatedAssets));
  const assets = stated.length > 0 ? stated : inOrder(countNamed(findings));
  const isCounted = stated.length === 0 && assets.length > 0;
  const description =
    `Takedown on ${day}, as a list of the platform has it.` +
    (isCounted ? ' The list states no numbers of assets: those here count what it names.' : '');
  const extension = {
    extension_type: 'property-extension',
    action: 'removal',
    acted_on: `${day}T00:00:00Z`,
    acted_by_ref: actedBy,
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

function toStatedAssets({ assets }: Statement): readonly JsonObject[] {
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

function countNamed(findings: readonly Finding[]): readonly JsonObject[] {
  const named = findings
    .filter((finding): finding is Values => finding.kind === 'values' && !finding.isOfOthers)
    .flatMap(({ values }) => values);
  const counted = new Map<string, { readonly kind: JsonObject; readonly members: Set<string> }>();
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
