import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import ts from 'typescript';
import { areTypesStale, writeTypes } from '../../../scripts/generate-types.ts';
import type { JsonObject } from '../../../server/domain/held.ts';
import type {
  Campaign,
  Incident,
  IncidentTakedown,
  Indicator,
  Ipv4Addr,
  ObservedData,
  StixObject,
  StixObjectsByType,
} from '../../../server/stix/types.ts';
import { readStixCases } from '../../support/stix-cases.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TYPES = 'server/stix/types.ts';
const TAKEDOWN = 'extension-definition--41f5a6c8-772c-4780-9ba6-12463b2ee484';

const campaign = {
  type: 'campaign',
  spec_version: '2.1',
  id: 'campaign--c409d7ef-251c-46b8-970d-49e8f516273b',
  created: '2018-08-21T18:00:00.000Z',
  modified: '2018-08-21T18:00:00.000Z',
  name: 'Example',
} satisfies Campaign;

const address = {
  type: 'ipv4-addr',
  id: 'ipv4-addr--5a7c1b9e-2d3f-5e4a-9b8c-7d6e5f4a3b2c',
  value: '192.0.2.1',
} satisfies Ipv4Addr;

const observed = {
  type: 'observed-data',
  spec_version: '2.1',
  id: 'observed-data--c409d7ef-251c-46b8-970d-49e8f516273b',
  created: '2018-08-21T18:00:00.000Z',
  modified: '2018-08-21T18:00:00.000Z',
  first_observed: '2018-08-01T00:00:00Z',
  last_observed: '2018-08-20T23:59:59.9Z',
  number_observed: 1,
  objects: { 0: { type: 'domain-name', value: 'news.example.com' } },
} satisfies ObservedData;

const takedown = {
  extension_type: 'property-extension',
  action: 'removal',
  acted_on: '2018-08-21T00:00:00Z',
  acted_by_ref: 'identity--0c1d2e3f-4a5b-4c6d-8e7f-9a0b1c2d3e4f',
  assets: [{ platform: 'facebook', asset_type: 'page', count: 5, qualifier: 'exact' }],
} satisfies IncidentTakedown;

const incident = {
  type: 'incident',
  spec_version: '2.1',
  id: 'incident--c409d7ef-251c-46b8-970d-49e8f516273b',
  created: '2018-08-21T18:00:00.000Z',
  modified: '2018-08-21T18:00:00.000Z',
  name: 'Example',
  extensions: { [TAKEDOWN]: takedown },
} satisfies Incident;

describe('the types of STIX objects', () => {
  test('say what the validator says of whole objects', () => {
    const objects: readonly StixObject[] = [campaign, address, observed, incident];
    for (const object of objects) assert.deepEqual(VALIDATOR.check(object).faults, [], object.type);
  });

  test('refuse at compile time what the schemas refuse', () => {
    // @ts-expect-error a required property is missing
    const nameless: Campaign = { ...campaign, name: undefined };
    // @ts-expect-error a value is of another kind
    const counted: Campaign = { ...campaign, aliases: 'one' };
    // @ts-expect-error a slip in a name is no custom property
    const slipped = { ...campaign, first_sen: '2018-08-21T18:00:00Z' } satisfies Campaign;
    // @ts-expect-error a closed enumeration
    const acted: IncidentTakedown = { ...takedown, action: 'removed' };
    // @ts-expect-error the type is fixed
    const typed: StixObjectsByType['campaign'] = { ...campaign, type: 'tool' };
    // @ts-expect-error lists cannot be written to
    const write: string[] | undefined = typed.labels;
    const rename = (object: Campaign): void => {
      // @ts-expect-error properties cannot be written to
      object.name = 'new';
    };
    assert.equal([nameless, counted, slipped, acted, typed, write, rename].length, 7);
  });

  test('let other values of an open vocabulary pass, and custom properties that are named', () => {
    type Ranked = Campaign & { readonly x_rank: number };
    const ranked = { ...campaign, x_rank: 5 } satisfies Ranked;
    const types = ['malicious-activity', 'a word of our own'] satisfies Indicator['indicator_types'];
    assert.equal(ranked.x_rank + types.length, 7);
  });

  test('fit where the product takes any JSON object, and are told apart by their type', () => {
    const toJson = (object: StixObject): JsonObject => object;
    const nameOf = (object: StixObject): string => (object.type === 'campaign' ? object.name : object.type);
    assert.equal(toJson(campaign)['name'], nameOf(campaign));
  });

  test('fit the smallest and the fullest object of every type', () => {
    const cases = readStixCases(join(ROOT, 'test/fixtures/stix'));
    const lines = cases.flatMap(({ name, smallest, fullest }) =>
      [smallest, fullest].map((object) => `(${JSON.stringify(object)}) satisfies ${typeNameOf(name)};`),
    );
    assert.ok(lines.length >= 86);
    const broken = lines.find((line) => line.endsWith("['campaign'];"))?.replace('"2.1"', '"2.0"');
    assert.deepEqual(compile([...lines, broken ?? ''].join('\n')), [
      `Type '"2.0"' is not assignable to type '"2.1"'.`,
    ]);
  });
});

describe('the script that writes the types', () => {
  const root = mkdtempSync(join(tmpdir(), 'pollwatch-types-'));
  after(() => rmSync(root, { recursive: true }));
  cpSync(join(ROOT, 'schemas'), join(root, 'schemas'), { recursive: true });
  mkdirSync(join(root, 'server/stix'), { recursive: true });

  test('finds the types of this package as the schemas want them', () => {
    assert.equal(areTypesStale(ROOT), false);
  });

  test('notices that there are no types, and writes them', () => {
    assert.equal(areTypesStale(root), true);
    writeTypes(root);
    assert.equal(areTypesStale(root), false);
    assert.equal(readFileSync(join(root, TYPES), 'utf8'), readFileSync(join(ROOT, TYPES), 'utf8'));
  });

  test('notices a changed schema and a changed file', () => {
    writeTypes(root);
    const path = join(root, 'schemas/stix/campaign.json');
    const schema = readFileSync(path, 'utf8');
    writeFileSync(path, schema.replaceAll('"objective"', '"purpose"'));
    assert.equal(areTypesStale(root), true);
    writeFileSync(path, schema);
    assert.equal(areTypesStale(root), false);
    writeFileSync(join(root, TYPES), `${readFileSync(join(root, TYPES), 'utf8')}\n`);
    assert.equal(areTypesStale(root), true);
  });

  test('says in the first line that the file is generated', () => {
    const [first = ''] = readFileSync(join(ROOT, TYPES), 'utf8').split('\n');
    assert.match(first, /^\/\/ Generated by scripts\/generate-types\.ts .*do not edit\.$/);
  });
});

function typeNameOf(name: string): string {
  if (name === 'bundle') return 'Bundle';
  return name.startsWith('custom-') ? 'OtherObject' : `StixObjectsByType['${name}']`;
}

/** What the compiler says of a text that uses the types. */
function compile(text: string): readonly string[] {
  const file = join(ROOT, 'server/stix/every-object.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es5.d.ts'],
    types: [],
  };
  const source = `import type { Bundle, OtherObject, StixObjectsByType } from './types.ts';\n${text}`;
  const plain = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...plain,
    fileExists: (path) => path === file || plain.fileExists(path),
    readFile: (path) => (path === file ? source : plain.readFile(path)),
    getSourceFile: (path, language) =>
      path === file ? ts.createSourceFile(path, source, language) : plain.getSourceFile(path, language),
  };
  const program = ts.createProgram([file], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(file))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
