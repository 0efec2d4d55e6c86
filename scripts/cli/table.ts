/** Text that a terminal could take for an order to it, or that would turn the line around. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const GAP = '  ';
const MAX_SHOWN = 80;

/** Makes a text of foreign origin safe for a terminal, on one line. */
export function toPrintable(text: string): string {
  return text.toWellFormed().replaceAll(UNPRINTABLE, '\ufffd');
}

/** The same, cut to at most 80 characters. */
export function toShown(text: string): string {
  const plain = text
    .slice(0, 4 * MAX_SHOWN)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const characters = Array.from(toPrintable(plain));
  if (characters.length <= MAX_SHOWN) return characters.join('');
  return `${characters.slice(0, MAX_SHOWN - 1).join('')}…`;
}

/** A document as JSON in which what is unprintable is escaped: JSON itself leaves much of it as it is. */
export function toJsonText(document: unknown): string {
  return JSON.stringify(document).replaceAll(UNPRINTABLE, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

/**
 * Aligns rows in columns under their titles. A line break in a cell goes on below, in the same column.
 * @param titles none for a table without a head
 */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [...(titles.length > 0 ? [titles] : []), ...rows].flatMap(toLines);
  const widths: number[] = [];
  for (const line of lines) {
    for (const [column, cell] of line.entries())
      widths[column] = Math.max(widths[column] ?? 0, lengthOf(cell));
  }
  return lines.map((line) => align(line, widths)).join('\n');
}

function toLines(row: readonly string[]): readonly (readonly string[])[] {
  const cells = row.map((cell) => cell.split('\n').map(toPrintable));
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => cells.map((cell) => cell[line] ?? ''));
}

function align(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - lengthOf(cell)));
  return padded.join(GAP).trimEnd();
}

/** In code points, which is near enough to columns for names and ids. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
