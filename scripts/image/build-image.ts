import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, join, relative, sep } from 'node:path';
import { readIgnored } from './build-context.ts';
import {
  fault,
  parseCopy,
  parseDockerfile,
  parseEnv,
  parseExecForm,
  type Instruction,
  type Stage,
} from './dockerfile.ts';

/** What the last stage leaves: a folder in the place of the root file system, and what is said about running it. */
export interface Image {
  readonly root: string;
  /** The folder that commands run in, on this machine. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  readonly stopSignal: string;
}

interface Builder {
  /** Where the Dockerfile lies. */
  readonly context: string;
  /** An empty folder; each stage gets one inside it. */
  readonly place: string;
  /** What steps may take from the environment of this process: the registry, proxies, a home. */
  readonly inherited: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
}

interface Running {
  readonly root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: readonly string[];
  command: readonly string[];
  healthCheck: readonly string[];
  stopSignal: string;
}

/** Where the image has its Node; everything else of the base image is this machine's. */
const NODE_FOLDER = 'usr/local/bin';

/**
 * Carries out the steps of a Dockerfile as plain commands in an empty folder, each stage below a root of its own.
 * @throws Error for a step that fails or is not understood
 */
export function buildImage(builder: Builder): Image {
  const stages = parseDockerfile(readFileSync(join(builder.context, 'Dockerfile'), 'utf8'));
  const roots = new Map<string, string>();
  let image: Image | undefined;
  for (const [index, stage] of stages.entries()) {
    const running = beginStage(stage, join(builder.place, `stage-${String(index)}`));
    for (const instruction of stage.instructions) {
      builder.say(`${instruction.name} ${instruction.text}`);
      carryOut(instruction, running, roots, builder);
    }
    roots.set(stage.name ?? String(index), running.root);
    image = { ...running, folder: inRoot(running, '.') };
  }
  if (!image) throw new Error('the Dockerfile has no stage');
  return image;
}

function beginStage({ base }: Stage, root: string): Running {
  const version = /^node:(\d+\.\d+\.\d+)-slim$/.exec(base)?.[1];
  if (version !== process.versions.node) {
    throw new Error(`FROM ${base}: these steps run on Node ${process.versions.node}, so they prove nothing`);
  }
  mkdirSync(join(root, NODE_FOLDER), { recursive: true });
  placeNode(join(root, NODE_FOLDER, 'node'));
  // What root is asked to give away it keeps when this is not root: users of an image mean nothing here.
  if (process.getuid?.() !== 0) {
    writeFileSync(join(root, NODE_FOLDER, 'chown'), '#!/bin/sh\nexit 0\n');
    chmodSync(join(root, NODE_FOLDER, 'chown'), 0o755);
  }
  const env = { PATH: [join(root, NODE_FOLDER), systemPath()].join(delimiter) };
  const nothing = { user: '0', entrypoint: [], command: [], healthCheck: [], stopSignal: 'SIGTERM' };
  return { root, workdir: '/', env, ...nothing };
}

function placeNode(target: string): void {
  try {
    linkSync(process.execPath, target);
  } catch {
    // On another file system, or where links to the files of others are forbidden.
    copyFileSync(process.execPath, target);
  }
}

/** The PATH without what npm puts in front of it: tools of the checkout are not in the image. */
function systemPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);
}

function inRoot({ root, workdir }: Running, path: string): string {
  return join(root, path.startsWith('/') ? path : join(workdir, path));
}

function carryOut(
  instruction: Instruction,
  running: Running,
  roots: ReadonlyMap<string, string>,
  builder: Builder,
): void {
  switch (instruction.name) {
    case 'WORKDIR':
      running.workdir = join('/', running.workdir, instruction.text);
      mkdirSync(inRoot(running, '.'), { recursive: true });
      return;
    case 'ENV':
      Object.assign(running.env, parseEnv(instruction));
      return;
    case 'COPY':
      copy(instruction, running, roots, builder);
      return;
    case 'RUN':
      run(instruction, running, builder);
      return;
    case 'USER':
      running.user = instruction.text;
      return;
    case 'VOLUME':
      if (!existsSync(inRoot(running, instruction.text))) throw fault(instruction, 'there is no such folder');
      return;
    case 'EXPOSE':
      if (!/^\d+( \d+)*$/.test(instruction.text)) throw fault(instruction, 'port numbers are wanted');
      return;
    case 'STOPSIGNAL':
      running.stopSignal = instruction.text;
      return;
    case 'HEALTHCHECK':
      running.healthCheck = parseExecForm(instruction);
      return;
    case 'ENTRYPOINT':
      running.entrypoint = parseExecForm(instruction);
      return;
    case 'CMD':
      running.command = parseExecForm(instruction);
      return;
    default:
      throw fault(instruction, 'this check does not know what it does');
  }
}

function copy(
  instruction: Instruction,
  running: Running,
  roots: ReadonlyMap<string, string>,
  { context }: Builder,
): void {
  const { from, sources, target } = parseCopy(instruction);
  const base = from === undefined ? context : roots.get(from);
  if (base === undefined) throw fault(instruction, `there is no stage ${String(from)}`);
  const isIgnored = from === undefined ? readIgnored(context) : (): boolean => false;
  const isKept = (path: string): boolean => !isIgnored(relative(base, path).split(sep).join('/'));
  const destination = inRoot(running, target);
  for (const source of sources) {
    const path = join(base, source);
    if (!existsSync(path)) throw fault(instruction, `there is no ${source}`);
    if (!isKept(path)) throw fault(instruction, `.dockerignore keeps ${source} from the builder`);
    const isInto = target.endsWith('/') || (existsSync(destination) && statSync(destination).isDirectory());
    const to = isInto && !statSync(path).isDirectory() ? join(destination, basename(source)) : destination;
    cpSync(path, to, { recursive: true, filter: isKept, verbatimSymlinks: true });
  }
}

function run(instruction: Instruction, running: Running, { inherited }: Builder): void {
  // A path from the root would be one of this machine.
  if (/(^|[\s=])\/\w/.test(instruction.text))
    throw fault(instruction, 'paths from the root are not followed');
  const { status } = spawnSync('sh', ['-ec', instruction.text], {
    cwd: inRoot(running, '.'),
    env: { ...inherited, ...running.env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw fault(instruction, `it ended with ${String(status)}`);
}
