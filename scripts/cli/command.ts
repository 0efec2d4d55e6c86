import type { Command } from 'commander';

export interface CommandText {
  /** The name and its arguments, as commander reads them: `add <id>`. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More about it, for its own help. */
  readonly about?: string;
  /** Whole command lines. */
  readonly examples: readonly string[];
}

/** Adds a command that takes `--json`; its help ends with examples. */
export function defineCommand(parent: Command, text: CommandText): Command {
  return defineGroup(parent, text).option('--json', 'print one JSON document');
}

/** Adds a command that only holds others. */
export function defineGroup(parent: Command, { usage, summary, about, examples }: CommandText): Command {
  return parent
    .command(usage)
    .summary(summary)
    .description(about === undefined ? summary : `${summary}\n\n${about}`)
    .addHelpText('after', describeExamples(examples));
}

/** The examples as the end of a help text. */
export function describeExamples(examples: readonly string[]): string {
  const title = examples.length === 1 ? 'Example:' : 'Examples:';
  return ['', title, ...examples.map((line) => `  ${line}`)].join('\n');
}
