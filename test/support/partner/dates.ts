import type { Tick } from '../../../server/domain/timestamp.ts';
import type { Precision } from './behaviour.ts';

const MICROS_OF = { s: 1_000_000, ms: 1000, us: 1, ns: 1 } as const satisfies Record<Precision, number>;
const DIGITS_OF = { s: 0, ms: 3, us: 6, ns: 9 } as const satisfies Record<Precision, number>;
const TEXT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/;

/** Cut, not rounded. */
export function cutDate(micros: Tick, precision: Precision): Tick {
  const unit = MICROS_OF[precision];
  return Math.floor(micros / unit) * unit;
}

export function writeDate(micros: Tick, precision: Precision): string {
  const seconds = Math.floor(micros / 1_000_000);
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const digits = DIGITS_OF[precision];
  if (digits === 0) return `${whole}Z`;
  const fraction = String(micros - seconds * 1_000_000).padStart(6, '0');
  return `${whole}.${fraction.padEnd(9, '0').slice(0, digits)}Z`;
}

/** Microseconds; undefined when it is no timestamp. */
export function readDate(text: string): Tick | undefined {
  const [, whole, fraction = ''] = TEXT.exec(text) ?? [];
  const ms = whole === undefined ? NaN : Date.parse(`${whole}Z`);
  return Number.isNaN(ms) ? undefined : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
