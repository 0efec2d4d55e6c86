import { parseVersionKey } from '../domain/timestamp.ts';
import type { AccountKind } from './accounts.ts';
import type { Entry } from './columns.ts';
import type { Authenticity, Finding, Value } from './findings.ts';
import {
  isAboutAccounts,
  isAboutOthers,
  isAboutSites,
  isAboutTakenAccounts,
  readProcedure,
  type Procedure,
} from './kill-chain.ts';
import { findNamedPlatform } from './platforms.ts';
import { isDefanged } from './refang.ts';
import { parseIndicatorType, type IndicatorType } from './indicator-type.ts';
import { readValue, type ValueHints } from './read-value.ts';
import { readAds, readAssets, readReach } from './statements.ts';

/** STIX objects are not for whole documents. */
const MAX_TEXT_LENGTH = 20_000;
const MAX_VALUES = 1000;
const CONTROL = /(?![\t\n\r])\p{Cc}/u;
/** Said of a page of somebody else that the operation wrote on. */
const COMMENTED = /^[[(]comments?[\])]$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads one row on its own.
 * @param platform what `--platform` says, for rows that name none
 */
export function readEntry(entry: Entry, platform: string | undefined): Finding {
  const { indicator, comment, overflows } = entry;
  const procedure = readProcedure(entry);
  const texts = [indicator, comment, entry.type, procedure?.label ?? ''];
  if (overflows) return refuse('It has more cells than the list has columns.');
  if (texts.every((text) => text === '') && entry.date === '') return { kind: 'blank' };
  if (texts.some((text) => CONTROL.test(text))) return refuse('It holds control characters.');
  if (texts.some((text) => text.length > MAX_TEXT_LENGTH))
    return refuse(`A cell has at most ${MAX_TEXT_LENGTH} characters.`);
  if (indicator === '') {
    return procedure
      ? { kind: 'procedure', procedure, comment }
      : refuse('It has no indicator and no procedure.');
  }
  const type = parseIndicatorType(entry.type);
  if (type === 'unknown') return refuse(`The indicator type "${entry.type.slice(0, 60)}" is not known.`);
  return (
    (type ? undefined : readStatement(entry, procedure, platform)) ??
    readValues(entry, procedure, type, platform) ??
    readText(entry, procedure)
  );
}

function refuse(reason: string): Finding {
  return { kind: 'not-understood', reason };
}

function readText({ indicator, comment }: Entry, procedure: Procedure | undefined): Finding {
  if (procedure) return { kind: 'text', procedure, text: indicator, comment };
  return refuse('It is neither an address nor a number of assets, and no procedure says what it is about.');
}

function readStatement(
  { indicator, comment }: Entry,
  procedure: Procedure | undefined,
  platform: string | undefined,
): Finding | undefined {
  const place = findNamedPlatform(procedure?.words ?? '') ?? platform;
  // Accounts that did something are no assets that were acted on.
  const isOfAssets = (procedure?.phase ?? 'acquiring-assets') === 'acquiring-assets';
  const assets = (isOfAssets ? readAssets(indicator) : undefined) ?? [];
  const reach = assets.length > 0 ? [] : (readReach(indicator) ?? []);
  const ads = assets.length + reach.length > 0 ? undefined : readAds(indicator);
  if (assets.length + reach.length === 0 && !ads) return undefined;
  const missing = [...assets, ...reach].some((each) => placeOf(each) === undefined);
  if (missing) return { kind: 'needs-platform', text: indicator };
  return {
    kind: 'statement',
    ...(procedure ? { procedure } : {}),
    text: indicator,
    comment,
    assets: assets.map((each) => ({ ...each, platform: placeOf(each) ?? '' })),
    reach: reach.map((each) => ({ ...each, platform: placeOf(each) ?? '' })),
    ...(ads ? { ads } : {}),
  };

  function placeOf(stated: { readonly platform?: string; readonly assetType: string }): string | undefined {
    // Domains are on no platform, whoever acted on them.
    return stated.platform ?? (stated.assetType === 'domain' ? 'dns' : place);
  }
}

function readValues(
  { indicator, comment, date }: Entry,
  procedure: Procedure | undefined,
  type: IndicatorType | undefined,
  platform: string | undefined,
): Finding | undefined {
  const hints = toHints(procedure, type, platform);
  const { pieces, rest } = splitPieces(indicator);
  const values: Value[] = [];
  for (const piece of pieces) {
    // One word may be a login; of several only those that say so.
    const isAccount = hints.isAccount && (pieces.length === 1 || piece.startsWith('@'));
    const read = readValue(piece, { ...hints, isAccount });
    if (!read) return undefined;
    if ('needsPlatform' in read) return { kind: 'needs-platform', text: indicator };
    if ('reason' in read) return refuse(read.reason);
    if (values.length >= MAX_VALUES) return refuse(`A row has at most ${MAX_VALUES} values.`);
    values.push(read.value);
  }
  const isOfOthers = (procedure !== undefined && isAboutOthers(procedure)) || COMMENTED.test(rest);
  return {
    kind: 'values',
    ...(procedure ? { procedure } : {}),
    values,
    comment: [rest, comment].filter((text) => text !== '').join('\n'),
    ...(isDay(date) ? { date } : {}),
    isOfOthers,
    authenticity: isOfOthers ? 'unknown' : toAuthenticity(procedure),
  };
}

function toAuthenticity(procedure: Procedure | undefined): Authenticity {
  return procedure && isAboutTakenAccounts(procedure) ? 'compromised' : 'inauthentic';
}

/** Whether a text is a day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return DAY.test(text) && parseVersionKey(`${text}T00:00:00Z`) !== undefined;
}

function toHints(
  procedure: Procedure | undefined,
  type: IndicatorType | undefined,
  platform: string | undefined,
): ValueHints {
  const words = procedure?.words ?? '';
  return {
    ...(type?.wanted === undefined ? {} : { wanted: type.wanted }),
    isAccount: type ? type.wanted === 'account' : procedure !== undefined && isAboutAccounts(procedure),
    accountKind: type?.accountKind ?? toAccountKind(words),
    isSite: type === undefined && (procedure === undefined || isAboutSites(procedure)),
    platform: type?.platform ?? findNamedPlatform(words) ?? platform,
  };
}

function toAccountKind(words: string): AccountKind {
  if (/\bpages?\b/i.test(words)) return 'page';
  return /\bgroups?\b/i.test(words) ? 'group' : 'account';
}

/**
 * Several values stand with commas, semicolons or line breaks between them. A defanged value with words behind a
 * comma or in brackets is the value, and the words are about it.
 */
function splitPieces(text: string): { readonly pieces: readonly string[]; readonly rest: string } {
  const plain = text.trim();
  const pieces = plain.split(/[\s,;]+/).filter((piece) => piece !== '');
  const [first = '', ...others] = pieces;
  const behind = plain.slice(first.length).trim();
  const isFollowed = /^[,[(]/.test(behind) && isDefanged(first) && !others.every(isDefanged);
  if (!isFollowed) return { pieces: pieces.length === 1 || /\s/.test(plain) ? pieces : [plain], rest: '' };
  return { pieces: [first], rest: behind.replace(/^,/, '').trim() };
}
