import type { StixId } from '../../server/domain/ids.ts';
import type { Draw } from './release-draw.ts';
import type { RawObject } from './release-oracle-world.ts';
import { isDictionary, isList } from './release-oracle-world.ts';
import type { Stock, Words } from './release-world-stock.ts';
import { TEXTS, idsOf } from './release-world-stock.ts';

const UNKNOWN = 'extension-definition--5d3f7a10-2b64-4c19-8a57-0e9c1b2d3f40';
const MARKING_AUDIENCE = 'extension-definition--a42d973d-95ae-4fca-9286-68a5bff41da2';
const FIXED: Words = ['94868c89-83c2-464b-929b-a1a8aa3c8487', 'bab4a63c-aed9-4cf5-a766-dfca5abac2bb'];
const TLP: Words = [...FIXED, '55d920b0-5e8b-4f79-9ee9-91f868d9b421', ...FIXED];
const STRICT_TLP: Words = [
  '939a9414-2ddd-4d32-a0cd-375ea402b003',
  'e828b379-4e03-4974-9ac4-e53a884c97c1',
  '613f2e26-407d-48c7-9eca-b8e91df99dc9',
];
const ALL = 'f9d6cc4f-ad17-429f-936e-42863911a82e';
const AUDIENCE: Words = [
  ALL,
  ALL,
  ALL,
  'a07bf453-6f57-4482-888f-d152f307bd80',
  '1056013b-2b8f-456b-8cd4-bc2d099312be',
  'df7a55fa-4673-428c-ba6d-071f2b6052f1',
];
const CONSENT: Words = [
  '47df8804-5dcb-4a74-ae6c-a0d32159b253',
  'bc0bfdea-6777-461b-87d2-26adaca2a9a8',
  'ce28af84-0499-42b3-b6d5-8733f404a1d7',
];
const PERSONAL = '534d91e2-24ba-48f1-9248-bf37b6fb717d';

/** What a marking-definition of somebody's own says. */
export function drawMarkingBody(draw: Draw, stock: Stock): RawObject {
  const extension = (body: RawObject): RawObject => {
    return { extensions: { [MARKING_AUDIENCE]: { extension_type: 'property-extension', ...body } } };
  };
  const registered = draw.shuffle(stock.organisations.flatMap((one) => one.identity ?? []));
  const named = [
    ...registered.slice(0, draw.below(2)),
    ...stock.organisations.slice(1, 3).flatMap((one) => one.identity ?? []),
  ];
  return draw.pick<RawObject>([
    extension({ kind: 'audience', audiences: ['federal', 'state', 'private'] }),
    extension({ kind: 'audience', audiences: ['state', 'private'] }),
    extension({ kind: 'personal-data', audiences: ['federal', 'state'] }),
    extension({ kind: 'submitter-consent', consent: draw.pick(['everyone', 'usg', 'none']) }),
    extension({ kind: 'named-recipients', recipient_refs: [...new Set(named)] }),
    extension({ kind: 'named-recipients', recipient_refs: [...new Set(named)] }),
    // Of a kind that nobody here understands.
    {
      extensions: {
        [UNKNOWN]: { extension_type: 'property-extension', audiences: ['federal'] },
      },
    },
    { definition_type: 'statement', definition: { statement: draw.pick(TEXTS) } },
  ]);
}

/** Whole-object markings; `share` is how likely they are in percent, against an ordinary object. */
export function drawMarkings(draw: Draw, stock: Stock, share: number, self?: StixId): RawObject {
  const ids = [
    ...(draw.chance((share * 60) / 100) ? [draw.pick(draw.chance(85) ? TLP : STRICT_TLP)] : []),
    ...(draw.chance((share * 65) / 100) ? [draw.pick(AUDIENCE)] : []),
    ...(draw.chance((share * 30) / 100) ? [draw.pick(CONSENT)] : []),
    ...(draw.chance((share * 5) / 100) ? [PERSONAL] : []),
  ].map((uuid) => `marking-definition--${uuid}`);
  const own = draw.chance((share * stock.ownMarkings) / 100) ? [drawOwnMarking(draw, stock)] : [];
  // A marking may not mark itself.
  const all = [...ids, ...own].filter((id) => id !== self);
  return all.length === 0 ? {} : { object_marking_refs: all };
}

function drawOwnMarking(draw: Draw, stock: Stock): StixId {
  const own = draw.maybe(idsOf(stock, (type) => type === 'marking-definition'));
  return own ?? (draw.chance(20) ? `marking-definition--${draw.uuid(4)}` : `marking-definition--${ALL}`);
}

/** Now and then a marking on a part, or a language. */
export function drawGranular(draw: Draw, stock: Stock, body: RawObject): RawObject {
  if (!draw.chance(22)) return {};
  const marking = draw.chance(15)
    ? drawOwnMarking(draw, stock)
    : `marking-definition--${draw.pick([PERSONAL, draw.pick(AUDIENCE), draw.pick(STRICT_TLP), draw.pick(TLP), draw.pick(CONSENT)])}`;
  const selector = draw.maybe(selectorsOf(body));
  if (selector === undefined) return {};
  const language = draw.chance(20) ? [{ lang: 'en', selectors: [selector] }] : [];
  return { granular_markings: [{ marking_ref: marking, selectors: [selector] }, ...language] };
}

function selectorsOf(body: RawObject): readonly string[] {
  const names = [
    'name',
    'description',
    'labels',
    'object_refs',
    'source_ref',
    'display_name',
    'content',
    'extensions',
  ];
  return names.flatMap((name) => {
    const value = body[name];
    if (value === undefined) return [];
    if (isList(value)) return [name, `${name}.[${value.length - 1}]`];
    return isDictionary(value) ? Object.keys(value).map((key) => `${name}.${key}`) : [name];
  });
}
