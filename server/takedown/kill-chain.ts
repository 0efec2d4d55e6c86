import type { Entry } from './columns.ts';
import { findNamedPlatform } from './platforms.ts';

/** The name under which the phases of online operations stand beside those of DISARM. */
export const KILL_CHAIN = 'meta-online-operations';

/** The ten phases, by their number. */
const PHASES = [
  'acquiring-assets',
  'disguising-assets',
  'gathering-information',
  'coordinating-and-planning',
  'testing-defenses',
  'evading-detection',
  'indiscriminate-engagement',
  'targeted-engagement',
  'compromising-assets',
  'enabling-longevity',
] as const;
type Phase = (typeof PHASES)[number];

/** What a row says was done: its procedure, else its technique, else its tactic. */
export interface Procedure {
  /** As in `0.6.2`, when it has one. */
  readonly number?: string;
  readonly name: string;
  readonly phase?: Phase;
  /** Number and name as people write them. */
  readonly label: string;
  /** Technique and procedure, to look for words in. */
  readonly words: string;
}

/**
 * Impersonation, testing services, registrars, copied content, hosters, users outside of the operation, its audience,
 * its partners, whom it posted about, whom it wrote to.
 */
const OF_OTHERS = [
  '1.4',
  '1.5',
  '4.1',
  '5.1',
  '5.4',
  '5.5.3',
  '7.2',
  '7.3',
  '7.4',
  '7.6.1',
  '7.6.2',
  '7.6.3',
  '7.8',
];

const NUMBERED = /^(\d{1,3}(?:\.\d{1,3}){0,5})\.?\s+(.+)$/s;
const MAX_NAME_LENGTH = 1000;

/** Reads the three columns; undefined when all are empty. */
export function readProcedure({ tactic, technique, procedure }: Entry): Procedure | undefined {
  const text = [procedure, technique, tactic].find((each) => each !== '');
  if (text === undefined) return undefined;
  const { number, name } = splitNumber(text);
  const phase = findPhase(tactic) ?? (number === undefined ? undefined : phaseOf(number, tactic));
  return {
    name: name.slice(0, MAX_NAME_LENGTH),
    ...(number === undefined ? {} : { number }),
    ...(phase === undefined ? {} : { phase }),
    label: number === undefined ? name : `${number} ${name}`,
    words: `${technique} ${procedure}`,
  };
}

/**
 * Whether its rows name what the operation attacked, copied or used, rather than what it owned. Where they may name
 * either, as those on impersonation, they count as such: nobody should be told to block a newspaper.
 */
export function isAboutOthers({ number = '', phase }: Procedure): boolean {
  return phase === 'compromising-assets' || OF_OTHERS.some((each) => isWithin(number, each));
}

/** Whether its rows name accounts that the operation took over. */
export function isAboutTakenAccounts({ number = '' }: Procedure): boolean {
  return isWithin(number, '5.5.4');
}

/** Whether its rows name accounts. */
export function isAboutAccounts({ number = '', phase, words }: Procedure): boolean {
  if (phase !== 'acquiring-assets') return false;
  return (
    /^0\.9(?:\.|$)/.test(number) || /\bsocial media\b/i.test(words) || findNamedPlatform(words) !== undefined
  );
}

/** Whether its rows name sites, so that a bare word with a dot is one. */
export function isAboutSites({ phase, words }: Procedure): boolean {
  return phase === 'acquiring-assets' || /\b(?:domains?|sites?|websites?)\b/i.test(words);
}

function isWithin(number: string, group: string): boolean {
  return number === group || number.startsWith(`${group}.`);
}

function splitNumber(text: string): { readonly number?: string; readonly name: string } {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  const [, number, name] = NUMBERED.exec(plain) ?? [];
  // A fourth part of zero is a habit of writing, but it is how the procedure is named.
  return number === undefined || name === undefined ? { name: plain } : { number, name };
}

function findPhase(tactic: string): Phase | undefined {
  const { name } = splitNumber(tactic);
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return PHASES.find((phase) => phase === slug);
}

/** By the first digit, where no column names another tactic. */
function phaseOf(number: string, tactic: string): Phase | undefined {
  return tactic === '' ? PHASES[Number(number.split('.')[0])] : undefined;
}
