/*
 * Loaded before a program (--import): writes how much memory its process had at most, as the kernel counts it, to the
 * file that PEAK_MEMORY_FILE names.
 */
import { readFileSync, writeFileSync } from 'node:fs';

process.once('exit', () => {
  writeFileSync(process.env['PEAK_MEMORY_FILE'] ?? '', readFileSync('/proc/self/status'));
});
