import type { Writable } from 'node:stream';
import type { Terminal } from './surroundings.ts';

/** Shows how far an upload is. */
export interface Progress {
  advance(objects: number): void;
  /** Takes the bar away. */
  end(): void;
}

export const NO_PROGRESS: Progress = { advance: () => undefined, end: () => undefined };

const DEFAULT_COLUMNS = 80;
const MAX_BAR = 40;
const CLEAR_LINE = '\r\u001b[K';

/**
 * A bar with the objects done and their rate; nothing when `out` is no terminal.
 * @param nowMs milliseconds that only rise
 */
export function createProgress(out: Terminal<Writable>, total: number, nowMs: () => number): Progress {
  if (!out.isTTY) return NO_PROGRESS;
  const startMs = nowMs();
  let done = 0;
  const draw = (): void => {
    const seconds = (nowMs() - startMs) / 1000;
    const rate = seconds > 0 && done > 0 ? `, ${Math.round(done / seconds)}/s` : '';
    const label = ` ${done} of ${total} objects${rate}`;
    const width = Math.min(MAX_BAR, (out.columns ?? DEFAULT_COLUMNS) - label.length - 3);
    out.write(CLEAR_LINE + drawBar(width, total === 0 ? 1 : done / total) + label);
  };
  draw();
  return {
    advance(objects) {
      done += objects;
      draw();
    },
    end() {
      out.write(CLEAR_LINE);
    },
  };
}

function drawBar(width: number, share: number): string {
  // A line too narrow for a bar has the numbers alone.
  if (width < 5) return '';
  const filled = Math.round(width * Math.min(1, share));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}
