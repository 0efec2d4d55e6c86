import { findNamedPlatform, toPlatformName } from './platforms.ts';
import { readAmount, readPaidIn, type Amount } from './money.ts';

export type Qualifier = 'exact' | 'about' | 'more-than' | 'fewer-than';

/** A number that a list states, as it states it: never summed, never checked. */
export interface Stated {
  readonly count: number;
  readonly qualifier: Qualifier;
}

/** "8 Pages", as the extension `incident-takedown` has its assets. */
export interface StatedAsset extends Stated {
  readonly assetType: string;
  readonly platform?: string;
}

/** "About 93,000 accounts followed one or more of these Pages". */
export interface StatedReach extends StatedAsset {
  readonly relation: 'followed' | 'joined' | 'subscribed';
}

export interface StatedAds extends Amount {
  readonly qualifier: Qualifier;
  readonly paidIn: readonly string[];
}

const ASSETS: ReadonlyMap<string, string> = new Map([
  ['account', 'account'],
  ['profile', 'account'],
  ['page', 'page'],
  ['group', 'group'],
  ['event', 'event'],
  ['ad account', 'ad-account'],
  ['advertising account', 'ad-account'],
  ['domain', 'domain'],
  ['channel', 'channel'],
  ['app', 'app'],
]);
const QUALIFIERS: ReadonlyMap<string, Qualifier> = new Map([
  ['', 'exact'],
  ['exactly', 'exact'],
  ['about', 'about'],
  ['around', 'about'],
  ['approximately', 'about'],
  ['approx.', 'about'],
  ['roughly', 'about'],
  ['nearly', 'about'],
  ['almost', 'about'],
  ['some', 'about'],
  ['~', 'about'],
  ['more than', 'more-than'],
  ['over', 'more-than'],
  ['>', 'more-than'],
  ['fewer than', 'fewer-than'],
  ['less than', 'fewer-than'],
  ['under', 'fewer-than'],
  ['<', 'fewer-than'],
]);
const RELATIONS: ReadonlyMap<string, StatedReach['relation']> = new Map([
  ['followed', 'followed'],
  ['joined', 'joined'],
  ['subscribed to', 'subscribed'],
]);
const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1000],
  ['million', 1_000_000],
]);
const WORDS_OF_QUALIFIERS =
  'exactly|about|around|approximately|approx\\.|roughly|nearly|almost|some|more than|over|fewer than|less than|under';
/** One qualifier, one number, its scale, the rest. */
const QUANTITY = new RegExp(
  `^(?:(${WORDS_OF_QUALIFIERS}) |([~<>]) ?)?(\\d{1,3}(?:,\\d{3}){1,4}|\\d{1,15})(?:\\.(\\d{1,6}))?(?: (thousand|million))? (.{1,200})$`,
);
const REACH =
  /^(?:accounts|people|users|profiles) (followed|joined|subscribed to) (?:one or more of |at least one of |any of )?(?:these |those |the |its |their )?(.{1,60})$/;
/** Longer texts are prose, whatever they begin with. */
const MAX_LENGTH = 500;

/** Reads "8 accounts, 2 Pages and about 294 Instagram accounts"; undefined when anything else is said. */
export function readAssets(text: string): readonly StatedAsset[] | undefined {
  return readParts(text, ({ stated, rest, words }) => {
    const asset = readAssetName(rest, words);
    return asset && { ...stated, ...asset };
  });
}

/** Reads "About 15 accounts followed one or more of these Pages"; undefined when anything else is said. */
export function readReach(text: string): readonly StatedReach[] | undefined {
  return readParts(text, ({ stated, rest, words }) => {
    const match = REACH.exec(rest);
    const relation = RELATIONS.get(match?.[1] ?? '');
    const asset = readAssetName(match?.[2] ?? '', words);
    return relation && asset && { ...stated, ...asset, relation };
  });
}

/** Reads "around $15,000 in spending for ads ..., paid for mostly in Euros"; undefined when it is not about ads. */
export function readAds(text: string): StatedAds | undefined {
  const plain = normalise(text);
  if (
    text.length > 4 * MAX_LENGTH ||
    !/\bspen(?:t|d|ding)\b/.test(plain) ||
    !/\b(?:ads?|advertising)\b/.test(plain)
  )
    return undefined;
  const found = readAmount(plain);
  if (!found) return undefined;
  const { before, ...amount } = found;
  const qualifier = [...QUALIFIERS].find(([words]) => words !== '' && before.trimEnd().endsWith(words))?.[1];
  return { ...amount, qualifier: qualifier ?? 'exact', paidIn: readPaidIn(plain) };
}

interface Part {
  readonly stated: Stated;
  readonly rest: string;
  /** As written: a capital X is a name. */
  readonly words: string;
}

function readParts<T>(text: string, read: (part: Part) => T | undefined): readonly T[] | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const words = text.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '');
  const found: T[] = [];
  for (const part of words.split(/,? and (?=[^ ]{0,20} ?(?:than )?\d)|, (?=[^ ]{0,20} ?(?:than )?\d)/)) {
    const quantity = readQuantity(part);
    const value = quantity && read(quantity);
    if (value === undefined) return undefined;
    found.push(value);
  }
  return found;
}

function readQuantity(words: string): Part | undefined {
  const match = QUANTITY.exec(normalise(words));
  if (!match) return undefined;
  const [, qualifierWords, sign, digits = '', fraction, scale = '', rest = ''] = match;
  const qualifier = QUALIFIERS.get(qualifierWords ?? sign ?? '');
  const count = Number(`${digits.replaceAll(',', '')}.${fraction ?? '0'}`) * (SCALES.get(scale) ?? 1);
  if (qualifier === undefined || !Number.isSafeInteger(count)) return undefined;
  return { stated: { count, qualifier }, rest, words };
}

/** "Instagram accounts", "accounts on Instagram", "Pages". */
function readAssetName(text: string, words: string): Pick<StatedAsset, 'assetType' | 'platform'> | undefined {
  const [thing = '', ...places] = text.split(' on ');
  const place = places.join(' on ');
  for (const [noun, assetType] of ASSETS) {
    const name = thing === noun || thing.endsWith(` ${noun}`) ? noun : `${noun}s`;
    if (thing !== name && !thing.endsWith(` ${name}`)) continue;
    const before = thing.slice(0, -name.length).trim();
    if (before !== '' && place !== '') continue;
    const named = before === '' ? place : before;
    if (named === '') return { assetType };
    const platform = toPlatform(named, words);
    if (platform !== undefined) return { assetType, platform };
  }
  return undefined;
}

function toPlatform(named: string, words: string): string | undefined {
  const found = findNamedPlatform(named) ?? findNamedPlatform(words);
  // "22 fake Facebook accounts" says more than the number of accounts.
  return found !== undefined &&
    (toPlatformName(named) === found || /^(?:x|twitter)(?: ?[/(] ?(?:x|twitter)\)?)?$/.test(named))
    ? found
    : undefined;
}

function normalise(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').trim();
}
