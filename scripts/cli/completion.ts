import { Argument, type Command } from 'commander';
import { defineCommand } from './command.ts';
import { listPlaces, SHELLS, type Shell } from './completion-scripts.ts';
import type { JsonOption, Surroundings } from './surroundings.ts';

/** `completion`. */
export function addCompletionCommand(program: Command, cli: Surroundings): void {
  defineCommand(program, {
    usage: 'completion',
    summary: 'print a script with which a shell completes command lines',
    about:
      'bash: source <(pollwatch completion bash)\nzsh:  source <(pollwatch completion zsh)\nfish: pollwatch completion fish | source',
    examples: ['pollwatch completion bash > ~/.local/share/bash-completion/completions/pollwatch'],
  })
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .action((shell: Shell, options: JsonOption) => {
      const script = SHELLS[shell](listPlaces(program));
      cli.show({ document: { shell, script }, text: script.trimEnd() }, options);
    });
}
