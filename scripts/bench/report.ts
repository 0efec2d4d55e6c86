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
}

export function hasWanted(result: RowResult): boolean {
  return result.wanted !== undefined;
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
  const { row, what, measured, reference, ratio, wanted } = result;
  const bound = wanted && ('atLeast' in wanted ? `>= ${wanted.atLeast}` : `<= ${wanted.atMost}`);
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
  const ratios = ours.map((sample, round) => medianRatio([sample], reference.slice(round), 'perCpuSecond'));
  return `ratios of the rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`;
}
