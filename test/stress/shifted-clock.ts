/**
 * Loaded before a server that has no way to be given a clock: the wall clock of each process runs ahead or behind by
 * what the file with the name of its pid says, in the folder POLLWATCH_TEST_CLOCKS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const LOOK_MS = 100;
const file = join(process.env['POLLWATCH_TEST_CLOCKS'] ?? '.', String(process.pid));
const readClock = Date.now.bind(Date);
let offsetMs = 0;
Date.now = () => readClock() + offsetMs;
setInterval(() => {
  try {
    offsetMs = Number(readFileSync(file, 'utf8'));
  } catch {
    // Nobody has shifted it yet.
  }
}, LOOK_MS).unref();
