/**
 * Carries out the steps of the Dockerfile as plain commands in an empty folder, and runs what comes of it as a container
 * would. For machines without Docker. Needs the npm registry. The last line says `N passed, N failed`.
 *
 *   node_modules/.bin/node scripts/check-image.ts
 *
 * As root, commands run as the user that the image names; what root owns is read-only to them.
 */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildImage, type Image } from './image/build-image.ts';
import { runCommand, startContainer, type Container } from './image/container.ts';
import { findDevelopmentPackages, findMissingPackages } from './image/packages.ts';

const START_MS = 30_000;
const ASK_MS = 100;
const OWN_NAMES =
  /^(POLLWATCH_|NODE_|npm_(lifecycle|package|command|execpath|node_execpath)|INIT_CWD$|PATH$)/;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
let passed = 0;
let failed = 0;

/** Counts one rule. A rule that fails does not keep the next from being looked at. */
async function check(rule: string, look: () => void | Promise<void>): Promise<void> {
  try {
    await look();
    passed += 1;
    say(`passed: ${rule}`);
  } catch (error) {
    failed += 1;
    say(`FAILED: ${rule}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function inheritedEnvironment(): Record<string, string> {
  // What the machine's cache holds need not be asked for again.
  const kept: Record<string, string> = { npm_config_prefer_offline: 'true' };
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !OWN_NAMES.test(name)) kept[name] = value;
  }
  return kept;
}

async function findFreePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return String(address.port);
}

async function askUntilAlive(url: string): Promise<number> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    const status = await fetch(url).then(
      (answer) => answer.status,
      () => undefined,
    );
    if (status !== undefined) return status;
    if (performance.now() > deadline) throw new Error('nobody listens');
    await delay(ASK_MS);
  }
}

async function checkFiles(image: Image): Promise<void> {
  const lock = readFileSync('package-lock.json', 'utf8');
  await check('what is installed is for production alone, and all of it', () => {
    assert.deepEqual(findDevelopmentPackages(lock, image.folder), []);
    assert.deepEqual(findMissingPackages(lock, image.folder), []);
  });
  await check('no source, test, setting or key is in the image', () => {
    const names = ['server', 'test', 'docs', '.env', '.git', '.npmrc', 'package-lock.json', 'tsconfig.json'];
    assert.deepEqual(
      names.filter((name) => existsSync(join(image.folder, name))),
      [],
    );
    const typescript = globSync('{dist,scripts,schemas,collections}/**/*.ts', { cwd: image.folder });
    assert.deepEqual(typescript, []);
  });
}

async function checkCommands(image: Image): Promise<void> {
  await check('the entry point is the command line', () => {
    const { status, output } = runCommand(image, ['--help']);
    assert.equal(status, 0, output);
    assert.match(output, /serve/);
  });
  await check('it does not start before somebody has chosen how TLS is ended', () => {
    const { status, output } = runCommand(image, image.command);
    assert.notEqual(status, 0);
    assert.match(output, /POLLWATCH_INSECURE_HTTP/);
  });
}

async function checkServing(image: Image): Promise<void> {
  const port = await findFreePort();
  const settings = { POLLWATCH_PORT: port, POLLWATCH_INSECURE_HTTP: 'on' };
  const container: Container = startContainer(image, settings);
  try {
    await check('what it starts answers /health/live and /health/ready', async () => {
      assert.equal(await askUntilAlive(`http://127.0.0.1:${port}/health/live`), 200);
      assert.equal(await askUntilAlive(`http://127.0.0.1:${port}/health/ready`), 200);
    });
    await check('the health check passes while it serves', () => {
      const { status, output } = container.exec(image.healthCheck);
      assert.equal(status, 0, output);
    });
    await check('a command beside the server works on the same database, which is in the volume', () => {
      const { status, output } = container.exec([...image.entrypoint, 'org', 'list', '--json']);
      assert.equal(status, 0, output);
      assert.ok(existsSync(join(image.folder, 'data/pollwatch.db')));
    });
    await check('the stop signal ends it with status 0', async () => {
      const { status, output } = await container.stop();
      assert.equal(status, 0, output);
    });
    await check('the health check fails when nobody serves', () => {
      assert.equal(container.exec(image.healthCheck).status, 1);
    });
  } finally {
    await container.kill();
  }
}

const place = mkdtempSync(join(tmpdir(), 'pollwatch-image-'));
process.once('exit', () => {
  rmSync(place, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
// The user of the image goes through it.
chmodSync(place, 0o755);

let image: Image | undefined;
await check('every step of the Dockerfile can be carried out', () => {
  image = buildImage({ context: process.cwd(), place, inherited: inheritedEnvironment(), say });
});
if (image) {
  await checkFiles(image);
  await checkCommands(image);
  await checkServing(image);
}
say(`${String(passed)} passed, ${String(failed)} failed`);
if (failed > 0) process.exitCode = 1;
