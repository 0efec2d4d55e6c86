/**
 * The direction of imports (docs/architecture.md): main -> compose -> taxii, api, console, sync -> domain -> stix,
 * release and the storage port; adapters stand behind the port and only compose names them.
 * test/unit/tooling/check-imports.test.ts breaks each kind of rule.
 */

/** Packages and built-in modules that only the named places may use. */
const homes = [
  {
    name: 'express',
    modules: 'express|express-[a-z-]+',
    home: '^(server/(app\\.ts|taxii|api|console|auth|ops)|scripts/bench/)',
  },
  {
    name: 'passport',
    modules: 'passport|passport-[a-z-]+',
    home: '^(server/(app\\.ts|taxii|api|console|auth)|scripts/bench/)',
  },
  // What is checked by a schema: objects, collection files, and requests to the management API.
  { name: 'ajv', modules: 'ajv|ajv-[a-z-]+', home: '^(server/(stix|config|api)/|scripts/([^/]+$|bench/))' },
  { name: 'mongodb', modules: 'mongodb', home: '^(server/storage/mongo/|scripts/bench/)' },
  { name: 'sqlite', modules: 'node:sqlite|sqlite', home: '^(server/storage/sqlite/|scripts/bench/)' },
  { name: 'undici', modules: 'undici', home: '^(server/sync/client/|scripts/bench/)' },
  { name: 'node-cron', modules: 'node-cron', home: '^server/(ops|sync)/' },
  { name: 'pino', modules: 'pino|pino-[a-z-]+', home: '^server/ops/' },
  { name: 'prom-client', modules: 'prom-client', home: '^server/ops/' },
  {
    name: 'process',
    modules: 'node:process|process',
    home: '^(server/main\\.ts|scripts/[^/]+$|scripts/bench/)',
  },
];

/** What each folder of the server may import of the rest, as values and (`types`) as types alone. */
const arrows = [
  { name: 'config', from: '^server/config/', values: 'server/domain/' },
  { name: 'ops', from: '^server/ops/', values: 'server/domain/', types: 'server/storage/port\\.ts' },
  { name: 'stix', from: '^server/stix/', values: 'server/domain/' },
  { name: 'takedown', from: '^server/takedown/', values: 'server/(domain|stix)/' },
  {
    name: 'disarm',
    from: '^server/disarm/',
    values: 'server/(domain|stix)/',
    types: 'server/storage/port\\.ts',
  },
  {
    name: 'release',
    from: '^server/release/',
    values: 'server/(domain|stix)/',
    types: 'server/storage/port\\.ts',
  },
  {
    name: 'domain',
    from: '^server/domain/',
    values: 'server/(stix|release)/',
    types: 'server/(storage/port\\.ts|ops/)',
  },
  { name: 'port', from: '^server/storage/port\\.ts$', types: 'server/domain/' },
  {
    name: 'storage',
    from: '^server/storage/(?!port)[^/]+\\.ts$',
    values: 'server/(domain|stix)/',
    types: 'server/storage/port\\.ts',
  },
  {
    name: 'sqlite',
    from: '^server/storage/sqlite/',
    values: 'server/(domain/|stix/|storage/(?!port)[^/]+\\.ts$)',
    types: 'server/(storage/port\\.ts|ops/)',
  },
  {
    name: 'mongo',
    from: '^server/storage/mongo/',
    values: 'server/(domain/|stix/|storage/(?!port)[^/]+\\.ts$)',
    types: 'server/(storage/port\\.ts|ops/)',
  },
  { name: 'auth', from: '^server/auth/', values: 'server/domain/', types: 'server/(storage/port\\.ts|ops/)' },
  {
    name: 'taxii',
    from: '^server/taxii/',
    values: 'server/(domain|auth)/',
    types: 'server/(ops/|storage/port\\.ts)',
  },
  {
    name: 'api',
    from: '^server/api/',
    // Besides: how JSON is read, and what both surfaces have in common as HTTP.
    values: 'server/(domain/|auth/|stix/|taxii/(exchange|read-body|request-path|respond|steps)\\.ts$)',
    types: 'server/(ops|sync)/',
  },
  { name: 'console', from: '^server/console/', values: 'server/(domain|auth)/', types: 'server/ops/' },
  {
    name: 'sync',
    from: '^server/sync/',
    values: 'server/(domain|stix)/',
    types: 'server/(storage/port\\.ts|ops/)',
  },
];

/** Two rules an arrow: what is neither value nor type, and what is a type that is imported as a value. */
function toRules({ name, from, values, types }) {
  const allowed = [from, values && `^${values}`, types && `^${types}`].filter(Boolean);
  const rules = [
    {
      name: `${name}-imports-only-its-own-parts`,
      severity: 'error',
      from: { path: from },
      to: { path: '^(server|scripts|test)/', pathNot: allowed },
    },
  ];
  if (types !== undefined) {
    rules.push({
      name: `${name}-imports-these-as-types-only`,
      severity: 'error',
      from: { path: from },
      to: { path: `^${types}`, pathNot: [from], dependencyTypesNot: ['type-only'] },
    });
  }
  return rules;
}

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing-module', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'only-compose-names-a-store',
      severity: 'error',
      from: { pathNot: '^server/(compose\\.ts$|storage/(open\\.ts$|sqlite/|mongo/))' },
      to: { path: '^server/storage/(sqlite|mongo|open\\.ts)' },
    },
    {
      name: 'only-entry-points-compose',
      severity: 'error',
      from: { path: '^server/', pathNot: '^server/main\\.ts$' },
      to: { path: '^server/(compose|main)\\.ts$' },
    },
    {
      name: 'server-imports-no-scripts-or-tests',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^(scripts|test)/' },
    },
    {
      name: 'scripts-import-no-tests',
      severity: 'error',
      from: { path: '^scripts/' },
      to: { path: '^test/' },
    },
    ...homes.map(({ name, modules, home }) => ({
      name: `${name}-stays-at-home`,
      severity: 'error',
      from: { path: '^(server|scripts)/', pathNot: home },
      to: { path: `(^|node_modules/)(@types/)?(${modules})(/|$)` },
    })),
    ...arrows.flatMap(toRules),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
