/** One instruction, with its lines joined. */
export interface Instruction {
  /** Where it begins, from 1. */
  readonly line: number;
  /** In capitals: RUN, COPY. */
  readonly name: string;
  /** All that follows the name. */
  readonly text: string;
}

export interface Stage {
  readonly name: string | undefined;
  /** The image that it begins with. */
  readonly base: string;
  readonly instructions: readonly Instruction[];
}

/** What a COPY says. */
export interface Copy {
  /** The stage that it takes from; undefined: the build context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

/**
 * Reads a Dockerfile as far as ours goes: no heredocs, no variables, no `ARG` before the first `FROM`.
 * @throws Error with the line of what is not understood
 */
export function parseDockerfile(text: string): readonly Stage[] {
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of readInstructions(text)) {
    if (instruction.name === 'FROM') {
      const match = /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(instruction.text);
      if (match?.[1] === undefined) throw fault(instruction, 'no image');
      stages.push({ name: match[2], base: match[1], instructions: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) throw fault(instruction, 'nothing may stand before the first FROM');
    stage.instructions.push(instruction);
  }
  return stages;
}

/** The lines of a file as instructions: without comments and blank lines, continued lines joined. */
function readInstructions(text: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let begun: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.trim();
    if (content === '' || content.startsWith('#')) continue;
    const isContinued = content.endsWith('\\');
    const piece = isContinued ? content.slice(0, -1).trim() : content;
    const whole: { line: number; text: string } =
      begun === undefined
        ? { line: index + 1, text: piece }
        : { line: begun.line, text: `${begun.text} ${piece}` };
    begun = isContinued ? whole : undefined;
    if (!isContinued) instructions.push(toInstruction(whole));
  }
  if (begun) throw new Error(`line ${String(begun.line)}: the last line is not continued`);
  return instructions;
}

function toInstruction({ line, text }: { readonly line: number; readonly text: string }): Instruction {
  const match = /^([A-Za-z]+)\s+(.*)$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) {
    throw new Error(`line ${String(line)}: not an instruction: ${text}`);
  }
  return { line, name: match[1].toUpperCase(), text: match[2] };
}

/** An error that names the line. */
export function fault({ line, name, text }: Instruction, why: string): Error {
  return new Error(`line ${String(line)}: ${name} ${text}: ${why}`);
}

/** @throws Error for flags other than `--from`, and without a source and a target */
export function parseCopy(instruction: Instruction): Copy {
  let from: string | undefined;
  const paths: string[] = [];
  for (const word of instruction.text.split(/\s+/)) {
    if (word.startsWith('--from=')) from = word.slice('--from='.length);
    else if (word.startsWith('--')) throw fault(instruction, `${word} is not understood`);
    else paths.push(word);
  }
  const target = paths.pop();
  if (target === undefined || paths.length === 0)
    throw fault(instruction, 'a source and a target are wanted');
  return { from, sources: paths, target };
}

/** `NAME=value` pairs without quotes. @throws Error for anything else */
export function parseEnv(instruction: Instruction): Readonly<Record<string, string>> {
  const pairs = instruction.text.split(/\s+/).map((pair) => {
    const match = /^([A-Za-z_]\w*)=([^"'\\$]*)$/.exec(pair);
    if (match?.[1] === undefined || match[2] === undefined) throw fault(instruction, 'NAME=value is wanted');
    return [match[1], match[2]] as const;
  });
  return Object.fromEntries(pairs);
}

/** A command as a list of words, which no shell reads. @throws Error for the shell form */
export function parseExecForm(instruction: Instruction): readonly string[] {
  const text = instruction.text.replace(/^.*?\bCMD\s+/, '');
  const words: unknown = text.startsWith('[') ? JSON.parse(text) : undefined;
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string') || words.length === 0) {
    throw fault(instruction, 'a list of words is wanted, since a shell would keep signals to itself');
  }
  return words;
}
