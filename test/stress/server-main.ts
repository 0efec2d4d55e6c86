/**
 * A server as `serve` starts it, but for its clock, which runs ahead or behind by as much as the parent process says.
 * It tells the parent its address.
 */
import { openCore, startServer, SYSTEM_CLOCK } from '../../server/compose.ts';
import { loadSettings } from '../../server/config/load.ts';
import type { Clock } from '../../server/domain/ids.ts';
import { MICROS_PER_MILLI } from '../../server/domain/timestamp.ts';
import { createLogger } from '../../server/ops/logger.ts';

let offsetMs = Number(process.argv[2] ?? 0);
process.on('message', (message) => {
  if (typeof message === 'number') offsetMs = message;
});
// Without its parent nobody would end it.
process.on('disconnect', () => process.exit());
const clock: Clock = { now: () => SYSTEM_CLOCK.now() + offsetMs * MICROS_PER_MILLI };

const settings = loadSettings(process.env);
const log = createLogger(settings.logLevel);
const core = await openCore(settings, clock);
const server = await startServer(settings, core, log, clock);
process.once('SIGTERM', () => {
  void server
    .close()
    .then(() => core.close())
    .then(() => process.exit());
});
process.send?.(server.url);
