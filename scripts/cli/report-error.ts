import { CommanderError } from 'commander';
import { AppError, type FailureCode } from '../../server/domain/errors.ts';
import type { Environment } from './surroundings.ts';

/** A command line that cannot be meant. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** How a failed command ends. */
export interface Ending {
  readonly exitCode: 1 | 2 | 0;
  /** For standard error; empty when all was said. */
  readonly text: string;
}

/** What to say where the failure itself has no words for it. */
const WORDS: Partial<Record<FailureCode, string>> = {
  'storage.unavailable': 'The database does not answer, or is kept locked. Try again in a moment.',
  'storage.corrupt': 'The database file is damaged. Restore it from a backup.',
  'server.busy': 'Too much is going on at once. Try again in a moment.',
  'collection.not-found': 'There is no such collection. List them with: pollwatch collections',
};

/** Turns what a command threw into an exit status and plain lines. */
export function toEnding(error: unknown, env: Environment): Ending {
  // Commander has written its own lines.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : 2, text: '' };
  if (error instanceof UsageError) return { exitCode: 2, text: `error: ${error.message}\n` };
  return { exitCode: 1, text: `error: ${describeError(error)}\n${stackOf(error, env)}` };
}

/** The failure in words: an AppError's own, else a short text without anything from inside. */
export function describeError(error: unknown): string {
  const words = error instanceof AppError ? (error.detail ?? WORDS[error.code]) : undefined;
  if (words !== undefined) return words;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const shown = /^[A-Z][A-Z_0-9]{1,40}$/.test(code) ? ` (${code})` : '';
  return `Something went wrong that should not have${shown}. Run it again with POLLWATCH_LOG_LEVEL=debug to see where.`;
}

function stackOf(error: unknown, env: Environment): string {
  const level = env['POLLWATCH_LOG_LEVEL'];
  if (level !== 'debug' && level !== 'trace') return '';
  let text = '';
  for (let each = error; each instanceof Error; each = each.cause) text += `${each.stack ?? each.message}\n`;
  return text;
}

/** Takes the value off an option that commander quotes: it may be a password. */
export function hideOptionValues(text: string): string {
  return text.replaceAll(/(unknown option '-[^'=]*)=.*?'(?=\n|$)/gs, "$1'");
}
