/**
 * Checks a history that a run left once more, without any server.
 *
 *   node test/stress/replay.ts HISTORY
 */
import { readFileSync } from 'node:fs';
import { parseHistory } from './history.ts';
import { checkHistory } from './rules/check-history.ts';

const recorded = parseHistory(readFileSync(process.argv[2] ?? '', 'utf8'));
const faults = checkHistory(recorded);
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(
  `${JSON.stringify(recorded.run)}\n${recorded.requests.length} requests, ${recorded.deeds.length} deeds, ${faults.length} faults\n`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
