import type { StixId } from '../../server/domain/ids.ts';
import type { Draw } from './release-draw.ts';
import type { OracleOrganisation, RawObject } from './release-oracle-world.ts';
import { isObservableType } from './release-oracle-world.ts';
import { drawGranular, drawMarkingBody, drawMarkings } from './release-world-markings.ts';
import { HUB_IDENTITY, STRANGER } from './release-world-setup.ts';
import type { Planned, Stock, Words } from './release-world-stock.ts';
import { TEXTS, idsOf, identitiesOf } from './release-world-stock.ts';

const CREATED = '2026-02-01T00:00:00.000Z';
const CLEAR = 'marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487';
const SHORT: Words = ['zeta-quill', 'caf\u00e9 lights', 'abc', 'Liberty', 'plain'];

const isThing = (type: string): boolean => ['campaign', 'indicator', 'attack-pattern'].includes(type);
const isEnd = (type: string): boolean => isThing(type) || type === 'identity' || isObservableType(type);

function drawIds(draw: Draw, ids: readonly StixId[], most: number): readonly StixId[] {
  const count = 1 + draw.below(most);
  const drawn = draw.shuffle(ids).slice(0, count);
  return drawn.length > 0 ? drawn : [`campaign--${draw.uuid(4)}`];
}

function first(ids: readonly StixId[]): StixId {
  return ids[0] ?? STRANGER;
}

/** The members of a type beside the common ones; valid STIX for each. */
function drawBody(draw: Draw, stock: Stock, planned: Planned): RawObject {
  const name = draw.pick(SHORT);
  switch (planned.type) {
    case 'indicator':
      return {
        name,
        pattern: "[domain-name:value = 'zeta-quill.example']",
        pattern_type: 'stix',
        valid_from: CREATED,
      };
    case 'relationship': {
      const [source, target] = [drawIds(draw, idsOf(stock, isEnd), 1), drawIds(draw, idsOf(stock, isEnd), 1)];
      return { relationship_type: 'related-to', source_ref: first(source), target_ref: first(target) };
    }
    case 'report':
      return {
        name,
        published: CREATED,
        object_refs: drawIds(
          draw,
          idsOf(stock, () => true),
          4,
        ),
      };
    case 'note':
      return {
        content: draw.pick(TEXTS),
        object_refs: drawIds(
          draw,
          idsOf(stock, () => true),
          2,
        ),
      };
    case 'sighting': {
      const where = drawIds(draw, [...identitiesOf(stock), STRANGER], 1);
      const what = first(drawIds(draw, idsOf(stock, isThing), 1));
      return { sighting_of_ref: what, ...(draw.chance(60) ? { where_sighted_refs: where } : {}) };
    }
    case 'observed-data':
      return drawObserved(draw, stock);
    case 'language-content': {
      const modified = draw.chance(30) ? { object_modified: toModified(draw.below(3)) } : {};
      const about = first(drawIds(draw, idsOf(stock, isEnd), 1));
      return { object_ref: about, contents: { de: { name: draw.pick(TEXTS) } }, ...modified };
    }
    case 'identity':
      return { name, identity_class: planned.individual ? 'individual' : 'organization' };
    case 'extension-definition':
      return {
        name,
        schema: 'https://example.org/schema',
        version: '1.0.0',
        extension_types: ['property-extension'],
      };
    default:
      return { name };
  }
}

function drawObserved(draw: Draw, stock: Stock): RawObject {
  const seen = { first_observed: CREATED, last_observed: CREATED, number_observed: 1 };
  const observables = idsOf(stock, isObservableType);
  if (observables.length > 0 && !draw.chance(15)) {
    return { ...seen, object_refs: drawIds(draw, observables, 2) };
  }
  const marked = draw.chance(50) ? { object_marking_refs: [CLEAR] } : {};
  return { ...seen, objects: { '0': { type: 'domain-name', value: 'quarry.example', ...marked } } };
}

function toModified(number: number): string {
  return `2026-02-01T0${number}:00:00.${number === 1 ? '12345' : '000'}Z`;
}

/** One version of an SDO, SRO or supporting object. */
export function drawVersion(draw: Draw, stock: Stock, planned: Planned, number: number): RawObject {
  const common = {
    type: planned.type,
    spec_version: '2.1',
    id: planned.id,
    ...(planned.creator === undefined ? {} : { created_by_ref: planned.creator }),
    created: CREATED,
  };
  if (planned.type === 'marking-definition') {
    return { ...common, ...drawMarkingBody(draw, stock), ...drawMarkings(draw, stock, 25, planned.id) };
  }
  const hasText = !['language-content', 'observed-data', 'note'].includes(planned.type);
  const body = {
    ...common,
    modified: toModified(number),
    ...drawBody(draw, stock, planned),
    ...(hasText && draw.chance(50) ? { description: draw.pick(TEXTS) } : {}),
    ...(draw.chance(25) ? { labels: [draw.pick(SHORT), draw.pick(TEXTS)] } : {}),
    ...(planned.type === 'campaign' && draw.chance(25) ? drawExtension(draw, stock) : {}),
  };
  const share = planned.type === 'extension-definition' || planned.type === 'identity' ? 40 : 100;
  return { ...body, ...drawMarkings(draw, stock, share), ...drawGranular(draw, stock, body) };
}

/** One organisation's copy of an SCO. */
export function drawCopy(draw: Draw, stock: Stock, planned: Planned): RawObject {
  const accounts = idsOf(stock, (type) => type === 'user-account');
  const bodies: Readonly<Record<string, RawObject>> = {
    'user-account': {
      account_login: 'zeta-quill',
      ...(draw.chance(60) ? { display_name: draw.pick(TEXTS) } : {}),
    },
    'email-addr': {
      value: 'zeta-quill@quarry.example',
      ...(draw.chance(50)
        ? {
            belongs_to_ref: first(
              drawIds(draw, [...accounts, planned.id.replace('email-addr', 'user-account')], 1),
            ),
          }
        : {}),
    },
    'domain-name': {
      value: 'quarry.example',
      ...(draw.chance(25) ? { x_about_ref: first(drawIds(draw, idsOf(stock, isEnd), 1)) } : {}),
    },
  };
  const body = { type: planned.type, spec_version: '2.1', id: planned.id, ...bodies[planned.type] };
  return {
    ...body,
    ...drawMarkings(draw, stock, 100),
    ...(draw.chance(40) ? drawGranular(draw, stock, body) : {}),
  };
}

function drawExtension(draw: Draw, stock: Stock): RawObject {
  const key = draw.maybe(idsOf(stock, (type) => type === 'extension-definition'));
  if (key === undefined) return {};
  const partner = draw.chance(50) ? { partner_ref: draw.maybe(identitiesOf(stock)) ?? STRANGER } : {};
  return {
    extensions: { [key]: { extension_type: 'property-extension', remark: draw.pick(TEXTS), ...partner } },
  };
}

/** Whom an object names as its creator: its owner, a stranger, the hub's identity, or nobody. */
export function drawCreator(draw: Draw, owner: OracleOrganisation, type: string): StixId | undefined {
  const own = owner.identity ?? STRANGER;
  if (owner.hub && draw.chance(20)) return HUB_IDENTITY;
  if (type === 'extension-definition' || draw.chance(50)) return own;
  return draw.chance(25) ? STRANGER : undefined;
}
