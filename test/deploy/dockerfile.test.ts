import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readIgnored } from '../../scripts/image/build-context.ts';
import {
  parseCopy,
  parseDockerfile,
  parseEnv,
  parseExecForm,
  type Stage,
} from '../../scripts/image/dockerfile.ts';
import { SETTINGS } from '../../server/config/settings.ts';
import { at, findUnknownSettings } from './deploy-files.ts';

const text = readFileSync('Dockerfile', 'utf8');
const stages = parseDockerfile(text);
const isIgnored = readIgnored('.');

function lastStage(): Stage {
  const stage = stages.at(-1);
  assert.ok(stage);
  return stage;
}

/** What the last stage says under a name. */
function said(name: string): readonly string[] {
  return lastStage()
    .instructions.filter((instruction) => instruction.name === name)
    .map((instruction) => instruction.text);
}

function execForm(name: string): readonly string[] {
  const instruction = lastStage().instructions.find((each) => each.name === name);
  assert.ok(instruction);
  return parseExecForm(instruction);
}

function readDependencies(): unknown {
  return JSON.parse(readFileSync('package.json', 'utf8'));
}

test('the image has two stages, and the tests run on the very Node that it has', () => {
  assert.deepEqual(
    stages.map(({ name }) => name),
    ['build', undefined],
  );
  const tag = `node:${String(at(readDependencies(), 'devDependencies', 'node'))}-slim`;
  assert.deepEqual(
    stages.map(({ base }) => base),
    [tag, tag],
  );
});

test('every file that the image copies from the checkout exists and reaches the builder', () => {
  const copies = stages
    .flatMap(({ instructions }) => instructions)
    .filter(({ name }) => name === 'COPY')
    .map(parseCopy)
    .filter(({ from }) => from === undefined);
  const sources = copies.flatMap((copy) => copy.sources);
  assert.ok(sources.includes('server') && sources.includes('package-lock.json'));
  assert.deepEqual(
    sources.filter((source) => !existsSync(source) || isIgnored(source)),
    [],
  );
});

test('what no step copies does not reach the builder: no secret, no data, no tests', () => {
  const kept = [
    '.env',
    '.env.local',
    '.git/config',
    '.npmrc',
    'data/pollwatch.db',
    'node_modules/ajv/package.json',
    'dist/server/main.js',
    'test/http/tls.test.ts',
    'key.pem',
    'server/debug.log',
  ];
  assert.deepEqual(
    kept.filter((path) => !isIgnored(path)),
    [],
  );
  const server = globSync('server/**/*.ts').map((path) => path.replaceAll('\\', '/'));
  assert.ok(server.length > 100);
  assert.deepEqual(server.filter(isIgnored), []);
});

test('the image does not run as root, by a number that Kubernetes can compare', () => {
  assert.deepEqual(said('USER'), ['1000:1000']);
  const names = lastStage().instructions.map(({ name }) => name);
  assert.ok(!names.slice(names.indexOf('USER')).includes('RUN'), 'no step after USER');
});

test('the image names its server, its health check and its end without a shell', () => {
  assert.deepEqual(execForm('ENTRYPOINT'), ['node', 'dist/scripts/pollwatch.js']);
  assert.deepEqual(execForm('CMD'), ['serve']);
  assert.deepEqual(execForm('HEALTHCHECK'), ['node', 'scripts/health-check.js', 'live']);
  assert.deepEqual(said('STOPSIGNAL'), ['SIGTERM']);
  assert.deepEqual(said('VOLUME'), ['/app/data']);
  assert.ok(said('EXPOSE').join(' ').split(' ').includes(SETTINGS.port.defaultText));
});

test('the image is for production, and leaves it to its operator how TLS is ended', () => {
  const env = lastStage()
    .instructions.filter(({ name }) => name === 'ENV')
    .map(parseEnv);
  assert.deepEqual(Object.assign({}, ...env), { NODE_ENV: 'production', POLLWATCH_HOST: '0.0.0.0' });
  assert.deepEqual(findUnknownSettings(text), []);
  assert.match(text, /^RUN npm prune --omit=dev/m);
});
