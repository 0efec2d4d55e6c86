import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseIgnored } from '../../scripts/image/build-context.ts';
import { buildImage, type Image } from '../../scripts/image/build-image.ts';
import { runCommand } from '../../scripts/image/container.ts';
import { parseDockerfile } from '../../scripts/image/dockerfile.ts';
import { findDevelopmentPackages, findMissingPackages } from '../../scripts/image/packages.ts';

const BASE = `FROM node:${process.versions.node}-slim`;

function makeFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-steps-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

function build(
  t: TestContext,
  dockerfile: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Image {
  const context = makeFolder(t, { ...files, Dockerfile: dockerfile.join('\n') });
  return buildImage({ context, place: makeFolder(t, {}), inherited: {}, say: () => undefined });
}

test('comments and blank lines are no instructions, and a line that ends in a backslash goes on', () => {
  const [stage] = parseDockerfile('# first\n\nfrom a:1 as b\nRUN one \\\n  # why\n  && two\nCMD ["x"]\n');
  assert.deepEqual(stage, {
    name: 'b',
    base: 'a:1',
    instructions: [
      { line: 4, name: 'RUN', text: 'one && two' },
      { line: 7, name: 'CMD', text: '["x"]' },
    ],
  });
});

test('the last pattern of .dockerignore that matches a path or a folder above it decides', () => {
  const isIgnored = parseIgnored('# all\n*\n!server\nserver/*.tmp\n!keep?.md\n**/*.log\n');
  const paths = [
    '.env',
    'server',
    'server/a/b.ts',
    'server/x.tmp',
    'server/a/x.tmp',
    'keep1.md',
    'keep10.md',
  ];
  assert.deepEqual(paths.filter(isIgnored), ['.env', 'server/x.tmp', 'keep10.md']);
  assert.deepEqual(['x.log', 'server/deep/x.log'].filter(isIgnored), ['x.log', 'server/deep/x.log']);
});

test('the last stage has what it copies from the first and nothing else of it', (t) => {
  const image = build(
    t,
    [
      `${BASE} AS build`,
      'WORKDIR /app',
      'COPY src src',
      'RUN cat src/a.txt src/b.txt >made.txt',
      BASE,
      'ENV COLOUR=red',
      'WORKDIR /app',
      'COPY --from=build /app/made.txt ./',
      'COPY src/a.txt kept/',
      'RUN test "$COLOUR" = red && mkdir data && chown 1000:1000 data',
      'USER 1000:1000',
      'VOLUME /app/data',
      'ENTRYPOINT ["node", "-p"]',
    ],
    { 'src/a.txt': 'a', 'src/b.txt': 'b', 'src/c.log': 'c', '.dockerignore': '*\n!src\n**/*.log' },
  );
  assert.equal(readFileSync(join(image.folder, 'made.txt'), 'utf8'), 'ab');
  assert.equal(readFileSync(join(image.folder, 'kept/a.txt'), 'utf8'), 'a');
  assert.ok(!existsSync(join(image.folder, 'src')));
  assert.ok(!existsSync(join(dirname(image.root), 'stage-0/app/src/c.log')));
  assert.equal(image.env['COLOUR'], 'red');
});

test('a command of the image has the environment of the image alone', (t) => {
  process.env['POLLWATCH_TEST_LEAKED'] = 'yes';
  t.after(() => delete process.env['POLLWATCH_TEST_LEAKED']);
  const image = build(t, [BASE, 'ENV A=1', 'WORKDIR /app', 'ENTRYPOINT ["node", "-p"]']);
  const names = 'Object.keys(process.env).sort().join()';
  assert.deepEqual(
    runCommand({ ...image, user: '' }, [names], { B: '2' }).output.trim(),
    'A,B,HOSTNAME,PATH',
  );
});

test('steps that fail, or that cannot be carried out here, end the build with their line', (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['COPY missing.txt ./', /line 2: .* there is no missing\.txt/],
    ['COPY secret.txt ./', /line 2: .* \.dockerignore keeps secret\.txt/],
    ['COPY --from=nowhere a b', /there is no stage nowhere/],
    ['COPY --link a b', /--link is not understood/],
    ['RUN false', /it ended with 1/],
    ['RUN rm -rf /app', /paths from the root are not followed/],
    ['VOLUME /app/data', /there is no such folder/],
    ['CMD node server.js', /a list of words is wanted/],
    ['HEALTHCHECK CMD curl -f localhost', /a list of words is wanted/],
    ['ARG VERSION', /does not know what it does/],
  ];
  for (const [line, error] of cases) {
    const files = { 'secret.txt': '', '.dockerignore': 'secret.txt' };
    assert.throws(() => build(t, [BASE, line], files), error, line);
  }
  assert.throws(() => build(t, ['FROM node:8.0.0-slim']), /prove nothing/);
});

test('packages for development and packages that are missing are found by the lock file', (t) => {
  const lock = JSON.stringify({
    packages: {
      '': {},
      'node_modules/used': {},
      'node_modules/gone': {},
      'node_modules/tool': { dev: true },
      'node_modules/absent-tool': { dev: true },
      'node_modules/for-another-system': { optional: true },
    },
  });
  const folder = makeFolder(t, {
    'node_modules/used/package.json': '{}',
    'node_modules/tool/package.json': '{}',
  });
  assert.deepEqual(findDevelopmentPackages(lock, folder), ['node_modules/tool']);
  assert.deepEqual(findMissingPackages(lock, folder), ['node_modules/gone']);
});
