/**
 * Measures the server against references in the same run (docs/benchmarks.md), and ends with `N passed, N failed`
 * for the rows that have a wanted value. Exit status 1 when one misses it.
 *
 *   npm run bench -- [--quick] [--rows 1,2]
 */
import { requireNode } from '../require-node.js';

requireNode();
const { runBench } = await import('./bench.ts');
process.exitCode = await runBench(process.argv.slice(2));
