import { Option, type Command } from 'commander';
import type { WritableCollection } from '../../server/domain/access.ts';
import {
  CONSENTS,
  TLP_LEVELS,
  type Audience,
  type Consent,
  type TlpLevel,
} from '../../server/domain/collection.ts';
import type { SubmissionDefaults } from '../../server/domain/submission.ts';
import type { SubmissionTerms } from '../../server/domain/submit.ts';
import type { Tick } from '../../server/domain/timestamp.ts';
import { parseAudiences, parseTime } from './arguments.ts';
import { UsageError } from './report-error.ts';

/** What a command line says for objects that say nothing themselves. */
export interface DefaultsOptions {
  readonly tlp?: TlpLevel;
  readonly audience?: readonly Audience[];
  readonly consent?: Consent;
}

export interface TermsOptions extends DefaultsOptions {
  readonly notBefore?: Tick;
}

/** What the help of a command calls these options together. */
export const TERMS_OPTIONS = '--tlp, --audience, --consent and --not-before';

/** @param when before what each option means, for whom it holds; empty for all */
export function addDefaultsOptions(command: Command, when = ''): Command {
  const consent = `${when}to whom objects without a CONSENT may name the submitter`;
  return command
    .addOption(new Option('--tlp <level>', `${when}the TLP of objects without one`).choices(TLP_LEVELS))
    .option(
      '--audience <list>',
      `${when}the audiences of objects without any: federal,state,private`,
      parseAudiences,
    )
    .addOption(new Option('--consent <consent>', consent).choices(CONSENTS));
}

export function addTermsOptions(command: Command): Command {
  return addDefaultsOptions(command).option(
    '--not-before <time>',
    'nothing is shown before this time (RFC 3339)',
    parseTime,
  );
}

/** Whether any of the options is given. */
export function hasTerms({ tlp, audience, consent, notBefore }: TermsOptions): boolean {
  return [tlp, audience, consent, notBefore].some((each) => each !== undefined);
}

export function toDefaults({ tlp, audience, consent }: DefaultsOptions): SubmissionDefaults {
  return {
    ...(tlp === undefined ? {} : { tlp }),
    ...(audience === undefined ? {} : { audiences: audience }),
    ...(consent === undefined ? {} : { consent }),
  };
}

/** @throws UsageError when the collection would pass over them */
export function toTerms(options: TermsOptions, target: WritableCollection): SubmissionTerms {
  const { notBefore } = options;
  // Passed over in silence, an embargo would be broken.
  if (hasTerms(options) && target.release.policy === 'as-posted') {
    throw new UsageError(`"${target.alias}" shows what is posted as it is: leave out ${TERMS_OPTIONS}.`);
  }
  return {
    defaults: toDefaults(options),
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}
