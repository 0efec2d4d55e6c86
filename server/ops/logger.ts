import { pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';

/** What the rest of the server logs through. Never a credential, never the content of an object. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** The time as a member of a line. It is made once a millisecond: a busy server writes many lines in one. */
function createTimestamp(): () => string {
  let member = '';
  let madeAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - madeAt >= 1) {
      member = stdTimeFunctions.isoTime();
      madeAt = now;
    }
    return member;
  };
}

/** Where several processes write into one pipe, the kernel keeps at most so much together (PIPE_BUF). */
const SHARED = { minLength: 3072, maxWrite: 4096 };

/**
 * JSON lines to standard output. Lines below `level` are not written.
 * @param worker the number of this process where several write into the same output; it stands in each line
 */
export function createLogger(level: string, worker?: number): Logger & { flush(): void } {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    ...(worker === undefined ? { minLength: 32_768, maxWrite: 65_536 } : SHARED),
    periodicFlush: 250,
  });
  const logger = pino(
    { level, base: worker === undefined ? null : { worker }, timestamp: createTimestamp() },
    destination,
  );
  return Object.assign(logger, {
    flush() {
      try {
        destination.flushSync();
      } catch {
        // Nothing was opened yet, or the reader has gone: there is nobody to tell.
      }
    },
  });
}
