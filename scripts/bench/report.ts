import { median, medianRatio, type Sample } from './rounds.ts';

/** One row of the table. */
export interface RowResult {
  readonly row: number;
  readonly what: string;
  readonly measured: string;
  readonly reference: string;
  readonly ratio: number;
  /** Absent where nothing is asked for yet. */
  readonly wanted?: { readonly atLeast: number } | { readonly atMost: number };
  readonly notes: readonly string[];
  /** Why the row could not be measured, and what it needs; the ratio is then NaN. */
  readonly missing?: string;
}

/**
 * What the rows with a wanted value come to. One that was not measured is neither passed nor failed: it is counted for
 * itself, and .ci/run takes that for a failure.
 * @param share see `hasPassed`
 */
export function countUp(results: readonly RowResult[], share: number): { line: string; hasFailed: boolean } {
  const wanted = results.filter((result) => result.wanted !== undefined);
  const measured = wanted.filter(({ missing }) => missing === undefined);
  const passed = measured.filter((result) => hasPassed(result, share)).length;
  const failed = measured.length - passed;
  const skipped = wanted.length - measured.length;
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, hasFailed: failed > 0 };
}

/**
 * Whether a row reached what is wanted.
 * @param share how much of it is enough: 1, or less where short rounds on a busy machine only guard against a fall
 */
export function hasPassed({ ratio, wanted }: RowResult, share = 1): boolean {
  if (!wanted) return false;
  return 'atLeast' in wanted ? ratio >= wanted.atLeast * share : ratio <= wanted.atMost / share;
}

const HEADINGS = ['row', 'what', 'measured', 'reference', 'ratio', 'wanted', 'ok'];

/** The rows as a plain table. */
export function toTable(results: readonly RowResult[]): string {
  const lines = [HEADINGS, ...results.map(toCells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function toCells(result: RowResult): string[] {
  const { row, what, measured, reference, ratio, wanted, missing } = result;
  const bound = wanted && ('atLeast' in wanted ? `>= ${wanted.atLeast}` : `<= ${wanted.atMost}`);
  if (missing !== undefined) return [String(row), what, 'NOT MEASURED', '-', '-', bound ?? '-', '-'];
  const verdict = hasPassed(result) ? 'yes' : 'no';
  return [String(row), what, measured, reference, ratio.toFixed(2), bound ?? '-', wanted ? verdict : '-'];
}

/** Answers per CPU second of the server, and per second. */
export function toRates(samples: readonly Sample[]): string {
  const perCpuSecond = Math.round(median(samples.map((sample) => sample.perCpuSecond)));
  const perSecond = Math.round(median(samples.map((sample) => sample.perSecond)));
  return `${perCpuSecond} per CPU s (${perSecond}/s)`;
}

/** The ratios of all rounds, so that their spread can be seen. */
export function toSpread(ours: readonly Sample[], reference: readonly Sample[]): string {
  const ratios = listRatios(ours, reference);
  return `ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`;
}

/** The same of many rounds: the least and the greatest ratio, and between which the middle half of them lies. */
export function toQuartiles(ours: readonly Sample[], reference: readonly Sample[]): string {
  const sorted = listRatios(ours, reference).toSorted((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2);
  return `ratios of ${sorted.length} rounds: ${at(0)} to ${at(1)}, half of them from ${at(0.25)} to ${at(0.75)}`;
}

const NORMAL_95 = 1.96;

/**
 * Between which ratios the true median lies with 95 % at least: two of the sorted ones, as far from either end as the
 * sign test allows, in its normal form. Of less than eight they are the least and the greatest.
 */
export function toInterval(ours: readonly Sample[], reference: readonly Sample[]): string {
  const sorted = listRatios(ours, reference).toSorted((a, b) => a - b);
  const rank = Math.floor((sorted.length - NORMAL_95 * Math.sqrt(sorted.length)) / 2);
  const below = Math.max(0, rank - 1);
  const [low = Number.NaN, high = Number.NaN] = [sorted.at(below), sorted.at(-1 - below)];
  return `of ${sorted.length} rounds, the median is between ${low.toFixed(3)} and ${high.toFixed(3)} (95 %)`;
}

function listRatios(ours: readonly Sample[], reference: readonly Sample[]): readonly number[] {
  return ours.map((sample, round) => medianRatio([sample], reference.slice(round), 'perCpuSecond'));
}
