import type { Command, Option } from 'commander';

/** A place in the tree of commands, and what may come next there. */
export interface Place {
  /** The words that lead there: `pollwatch user add`. */
  readonly path: string;
  readonly subcommands: readonly string[];
  readonly options: readonly string[];
  /** By option: its values; empty when they are free. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Words that its argument can be; empty when they are free. */
  readonly choices: readonly string[];
  readonly takesFiles: boolean;
}

/** The program and all commands below it. */
export function listPlaces(program: Command): readonly Place[] {
  return toPlaces(program, program.name());
}

function toPlaces(command: Command, path: string): readonly Place[] {
  const options = command.createHelp().visibleOptions(command);
  const valued = options.filter(({ required }) => required);
  const args = command.registeredArguments;
  const place: Place = {
    path,
    subcommands: command.commands.map((each) => each.name()),
    options: options.map(nameOf),
    values: new Map(valued.map((option) => [nameOf(option), option.argChoices ?? []])),
    choices: args.flatMap(({ argChoices = [] }) => argChoices),
    takesFiles: args.some((argument) => argument.name() === 'file'),
  };
  return [place, ...command.commands.flatMap((each) => toPlaces(each, `${path} ${each.name()}`))];
}

function nameOf({ long, short }: Option): string {
  return long ?? short ?? '';
}

function wordsOf({ subcommands, options, choices }: Place): string {
  return [...subcommands, ...choices, ...options].join(' ');
}

/** `case` branches that lead from a place and a word to the place below it. */
function toSteps(places: readonly Place[]): string {
  const patterns = places.slice(1).map(({ path }) => `'${path}'`);
  return `      ${patterns.join(' | ')}) place="$place $word" ;;`;
}

function toValueBranches(places: readonly Place[]): string {
  return places
    .flatMap(({ path, values }) =>
      [...values].map(([option, words]) => `    '${path} ${option}') candidates='${words.join(' ')}' ;;`),
    )
    .join('\n');
}

function toWordBranches(places: readonly Place[]): string {
  return places
    .map((place) => {
      // Without candidates both shells offer files.
      const condition = place.takesFiles ? '[[ $current == -* ]] && ' : '';
      return `      '${place.path}') ${condition}candidates='${wordsOf(place)}' ;;`;
    })
    .join('\n');
}

/** What bash and zsh have in common: sets `candidates` from `place` and the word before the one to complete. */
function toChoice(places: readonly Place[]): string {
  return `  case "$place $previous" in
${toValueBranches(places)}
    *) case "$place" in
${toWordBranches(places)}
    esac ;;
  esac`;
}

function toBash(places: readonly Place[]): string {
  return `# bash completion for pollwatch
_pollwatch() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local place=pollwatch candidates='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$place $word" in
${toSteps(places)}
    esac
  done
${toChoice(places)}
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
}
complete -o default -F _pollwatch pollwatch
`;
}

function toZsh(places: readonly Place[]): string {
  return `#compdef pollwatch
_pollwatch() {
  local line=("\${words[@]}") previous="\${words[CURRENT-1]}" current="\${words[CURRENT]}"
  local place=pollwatch candidates='' word
  for word in "\${(@)line[2,CURRENT-1]}"; do
    case "$place $word" in
${toSteps(places)}
    esac
  done
${toChoice(places)}
  if [[ -n $candidates ]]; then compadd -- \${=candidates}; else _files; fi
}
compdef _pollwatch pollwatch
`;
}

function toFish(places: readonly Place[]): string {
  const steps = places
    .slice(1)
    .map(({ path }) => `'${path}'`)
    .join(' ');
  return `# fish completion for pollwatch
function __pollwatch_at
    set -l place pollwatch
    for word in (commandline -opc)[2..-1]
        contains -- "$place $word" ${steps}; and set place "$place $word"
    end
    test "$place" = "$argv[1]"
end
complete -c pollwatch -f
${places.map(toFishLines).join('\n')}
`;
}

function toFishLines(place: Place): string {
  const start = `complete -c pollwatch -n '__pollwatch_at "${place.path}"'`;
  const words = [...place.subcommands, ...place.choices].join(' ');
  return [
    ...(words === '' ? [] : [`${start} -a '${words}'`]),
    ...(place.takesFiles ? [`${start} -F`] : []),
    ...place.options.map((option) => {
      const values = place.values.get(option);
      const wanted = values === undefined ? '' : ` -x -a '${values.join(' ')}'`;
      return `${start} -l ${option.replace(/^--/, '')}${wanted}`;
    }),
  ].join('\n');
}

/** The script for each shell. */
export const SHELLS = { bash: toBash, zsh: toZsh, fish: toFish } as const;

export type Shell = keyof typeof SHELLS;
