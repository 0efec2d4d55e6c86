import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const SOURCES = import.meta.dirname;
const CACHE = resolve(SOURCES, '../../../node_modules/.cache/pollwatch-mongo');
/** A first build fetches its jars; one that takes longer than this is not waited for. */
const BUILD_MS = 180_000;
const LOOK_AGAIN_MS = 100;

/** The class path of the server for `java -cp`, or why there is none. */
export type MongoBuild = { readonly classPath: string } | { readonly reason: string };

/**
 * Builds the server once for each state of its sources and keeps it in node_modules/.cache. Several processes may ask
 * at once: one builds, the others wait for it.
 */
export async function buildMongo(): Promise<MongoBuild> {
  const target = join(CACHE, hashSources());
  if (existsSync(target)) return toBuild(target);
  if (!runs('java', '-version')) return { reason: 'there is no java' };
  if (!runs('javac', '-version')) return { reason: 'there is no javac' };
  if (!runs('mvn', '-version')) return { reason: 'there is no mvn' };

  const release = await takeLock(`${target}.lock`);
  try {
    return existsSync(target) ? toBuild(target) : build(target);
  } finally {
    release();
  }
}

function toBuild(target: string): MongoBuild {
  return { classPath: `${join(target, 'classes')}:${join(target, 'lib', '*')}` };
}

function build(target: string): MongoBuild {
  const draft = `${target}.${String(process.pid)}`;
  try {
    mkdirSync(draft, { recursive: true });
    const lib = join(draft, 'lib');
    const fetched = run('mvn', [
      '--quiet',
      '--batch-mode',
      '--file',
      join(SOURCES, 'pom.xml'),
      'dependency:copy-dependencies',
      `-DoutputDirectory=${lib}`,
    ]);
    if (fetched !== undefined) return { reason: `mvn failed: ${fetched}` };
    const files = globSync(join(SOURCES, 'java', '*.java'));
    const compiled = run('javac', [
      '-Xlint:all',
      '-Werror',
      '-d',
      join(draft, 'classes'),
      '-cp',
      join(lib, '*'),
      ...files,
    ]);
    if (compiled !== undefined) throw new Error(`The server to test against does not compile: ${compiled}`);
    renameSync(draft, target);
    return toBuild(target);
  } catch (error) {
    if (existsSync(target)) return toBuild(target);
    throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function hashSources(): string {
  const hash = createHash('sha256');
  for (const file of globSync('{pom.xml,java/*.java}', { cwd: SOURCES }).sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(SOURCES, file)))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

/** Waits for the lock; one whose holder died, or that is held for too long, is broken. */
async function takeLock(lock: string): Promise<() => void> {
  mkdirSync(CACHE, { recursive: true });
  const deadline = performance.now() + BUILD_MS;
  while (!tryLock(lock)) {
    await delay(LOOK_AGAIN_MS);
    if (isAbandoned(lock) || performance.now() > deadline) rmSync(lock, { force: true });
  }
  return () => rmSync(lock, { force: true });
}

function tryLock(lock: string): boolean {
  const own = `${lock}.${String(process.pid)}`;
  writeFileSync(own, String(process.pid));
  try {
    // A link appears whole or not at all, so nobody reads a lock without its holder.
    linkSync(own, lock);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(own);
  }
}

function isAbandoned(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch {
    return existsSync(lock);
  }
}

function runs(command: string, ask: string): boolean {
  return run(command, [ask]) === undefined;
}

/** What the command said when it failed. */
function run(command: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `${stdout}${stderr}`.trim();
}
