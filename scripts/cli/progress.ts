import type { Writable } from 'node:stream';
import type { Terminal } from './surroundings.ts';

/** Shows how far something is. */
export interface Progress {
  advance(count: number): void;
  /** Takes the bar away. */
  end(): void;
}

export const NO_PROGRESS: Progress = { advance: () => undefined, end: () => undefined };

const DEFAULT_COLUMNS = 80;
const MAX_BAR = 40;
const CLEAR_LINE = '\r\u001b[K';

export interface ProgressOptions {
  /** What is counted. */
  readonly unit: string;
  /** How many were done before, by an earlier run. */
  readonly done: number;
}

/**
 * A bar with what is done, its rate and the time that the rest takes at this rate; nothing when `out` is no terminal.
 * @param nowMs milliseconds that only rise
 */
export function createProgress(
  out: Terminal<Writable>,
  total: number,
  nowMs: () => number,
  { unit, done: doneBefore }: ProgressOptions = { unit: 'objects', done: 0 },
): Progress {
  if (!out.isTTY) return NO_PROGRESS;
  const startMs = nowMs();
  let done = doneBefore;
  const draw = (): void => {
    const label = ` ${done} of ${total} ${unit}${describePace(done - doneBefore, total - done, nowMs() - startMs)}`;
    const width = Math.min(MAX_BAR, (out.columns ?? DEFAULT_COLUMNS) - label.length - 3);
    out.write(CLEAR_LINE + drawBar(width, total === 0 ? 1 : done / total) + label);
  };
  draw();
  return {
    advance(count) {
      done += count;
      draw();
    },
    end() {
      out.write(CLEAR_LINE);
    },
  };
}

function describePace(count: number, rest: number, ms: number): string {
  if (count === 0 || ms <= 0) return '';
  const perSecond = (count * 1000) / ms;
  const left = rest > 0 ? `, ${describeSeconds(rest / perSecond)} left` : '';
  return `, ${Math.round(perSecond)}/s${left}`;
}

function describeSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}

function drawBar(width: number, share: number): string {
  // A line too narrow for a bar has the numbers alone.
  if (width < 5) return '';
  const filled = Math.round(width * Math.min(1, share));
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}]`;
}

/** Shows how much was done of something whose end nobody knows. */
export interface Tally {
  advance(objects: number, pages: number): void;
  /** Takes the line away. */
  end(): void;
}

export const NO_TALLY: Tally = { advance: () => undefined, end: () => undefined };

/**
 * A line with objects, pages and the rate of objects; nothing when `out` is no terminal.
 * @param nowMs milliseconds that only rise
 */
export function createTally(out: Terminal<Writable>, nowMs: () => number): Tally {
  if (!out.isTTY) return NO_TALLY;
  const startMs = nowMs();
  let objects = 0;
  let pages = 0;
  const draw = (): void => {
    out.write(
      `${CLEAR_LINE}${objects} objects, ${pages} page${pages === 1 ? '' : 's'}${describePace(objects, 0, nowMs() - startMs)}`,
    );
  };
  draw();
  return {
    advance(moreObjects, morePages) {
      objects += moreObjects;
      pages += morePages;
      draw();
    },
    end() {
      out.write(CLEAR_LINE);
    },
  };
}
