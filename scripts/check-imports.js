/**
 * Checks the direction of imports against .dependency-cruiser.cjs. Exit status 1 when one goes the wrong way,
 * or when nothing was read.
 *
 *   node scripts/check-imports.js [FOLDER]    FOLDER: where server/ and scripts/ are looked for (default: here)
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireNode } from './require-node.js';

requireNode();
const { cruise } = await import('dependency-cruiser');
const { default: extractConfig } = await import('dependency-cruiser/config-utl/extract-depcruise-config');
const { default: extractTsConfig } = await import('dependency-cruiser/config-utl/extract-ts-config');

const project = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? '.');
const { options, ...ruleSet } = await extractConfig(resolve(project, '.dependency-cruiser.cjs'));
const { enhancedResolveOptions, ...cruiseOptions } = options;
const tsConfigFile = resolve(project, 'tsconfig.json');

const { output } = await cruise(
  ['server', 'scripts'].filter((name) => existsSync(resolve(folder, name))),
  {
    ...cruiseOptions,
    ruleSet,
    validate: true,
    baseDir: folder,
    tsConfig: { fileName: tsConfigFile },
  },
  enhancedResolveOptions,
  { tsConfig: extractTsConfig(tsConfigFile) },
);

const { violations, totalCruised, totalDependenciesCruised } = output.summary;
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} -> ${to}`);
console.log(
  `${String(violations.length)} wrong of ${String(totalDependenciesCruised)} imports in ${String(totalCruised)} modules`,
);
if (violations.length > 0 || totalDependenciesCruised === 0) process.exitCode = 1;
