import { InvalidArgumentError } from 'commander';
import { isCanonicalSubject } from '../../server/auth/subject.ts';
import { AUDIENCES, type Audience } from '../../server/domain/collection.ts';
import { HUB } from '../../server/domain/held.ts';
import type { OrganisationId, StixId, UserName } from '../../server/domain/ids.ts';
import { parseTaxiiTimestamp, type Tick } from '../../server/domain/timestamp.ts';
import { FIXED_IDENTITY } from '../../server/release/world.ts';
import { isIdentifier, typeOfId } from '../../server/stix/identifier.ts';

/** What grants can name. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;
const MAX_TITLE_LENGTH = 200;
const MAX_SUBJECT_LENGTH = 1024;
const MAX_DAYS = 36_500;

/* Every function here throws commander's InvalidArgumentError, which ends in exit status 2. */

export function parseUserName(text: string): UserName {
  if (NAME.test(text)) return text;
  throw new InvalidArgumentError(
    'Wanted: 1 to 128 letters, digits or . _ @ + - without accents, the first a letter or digit.',
  );
}

export function parseOrganisationId(text: string): OrganisationId {
  if (text === HUB) throw new InvalidArgumentError('This id stands for the hub itself. Choose another one.');
  return parseUserName(text);
}

export function parseTitle(text: string): string {
  return parseLine(text, MAX_TITLE_LENGTH);
}

/** The subject of a client certificate, letter for letter as the server writes those that it is shown. */
export function parseSubject(text: string): string {
  // A blank at the end belongs to the subject when it is escaped.
  const found = [text, text.trim()].find(isCanonicalSubject);
  if (found !== undefined && found.length <= MAX_SUBJECT_LENGTH) return found;
  throw new InvalidArgumentError(
    `Wanted: at most ${MAX_SUBJECT_LENGTH} characters such as CN=client,O=Example, as this prints them after "subject=": openssl x509 -noout -subject -nameopt RFC2253 -in client.pem`,
  );
}

function parseLine(text: string, maxLength: number): string {
  const line = text.trim();
  if (line.length > 0 && line.length <= maxLength && !UNPRINTABLE.test(line)) return line;
  throw new InvalidArgumentError(`Wanted: one line of 1 to ${maxLength} characters.`);
}

export function parseIdentity(text: string): StixId {
  if (!isIdentifier(text) || typeOfId(text) !== 'identity') {
    throw new InvalidArgumentError('Wanted: the id of a STIX identity, identity--UUID.');
  }
  // The rules know one spelling of an id.
  const id = text.toLowerCase();
  if (id === FIXED_IDENTITY) {
    throw new InvalidArgumentError('This identity is built in and belongs to the hub.');
  }
  return id;
}

export function parseDays(text: string): number {
  const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw new InvalidArgumentError(`Wanted: a whole number from 1 to ${MAX_DAYS}.`);
}

/** Audiences with commas between them, in the order in which they are always listed. */
export function parseAudiences(text: string): readonly Audience[] {
  const named = text.split(',').map((each) => each.trim());
  const known: readonly string[] = AUDIENCES;
  if (named.some((each) => !known.includes(each))) {
    throw new InvalidArgumentError(
      `Wanted: one or more of ${AUDIENCES.join(', ')}, with commas between them.`,
    );
  }
  return AUDIENCES.filter((audience) => named.includes(audience));
}

export function parseTime(text: string): Tick {
  const tick = parseTaxiiTimestamp(text);
  if (tick !== undefined) return tick;
  throw new InvalidArgumentError('Wanted: a time of RFC 3339, such as 2018-08-21T12:00:00Z.');
}
