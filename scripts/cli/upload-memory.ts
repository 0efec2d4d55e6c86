import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A process that is no larger has nothing to let go of. */
const SMALL_BYTES = 128 * 2 ** 20;

/**
 * Makes a function for the moment between two parts of long work. Node lets garbage lie until it is several times what is
 * in use, and keeps pages for later that it has emptied: it then is twice as large as it has to be (decision 0014).
 * @returns collects garbage and gives the memory back, unless the process is small
 */
export function createTidier(): () => void {
  const collect = findCollector();
  return () => {
    if (process.memoryUsage.rss() > SMALL_BYTES)
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
}

type Collector = (how: {
  readonly type: string;
  readonly execution: string;
  readonly flavor: string;
}) => void;

/** It can be had without a flag on the command line. */
function findCollector(): Collector {
  setFlagsFromString('--expose-gc');
  return parseCollector(runInNewContext('typeof gc === "function" ? gc : undefined'));
}

function parseCollector(found: unknown): Collector {
  return typeof found === 'function' ? (found as Collector) : () => undefined;
}
