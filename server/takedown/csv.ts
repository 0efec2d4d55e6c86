import { AppError } from '../domain/errors.ts';

/** One row of a table of text. */
export interface Row {
  /** Where it begins, counted from 1; a cell in quotes may go over several lines. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface RowLimits {
  readonly maxRows: number;
  readonly maxCells: number;
  /** Characters of a row, without its quotes. */
  readonly maxRowLength: number;
}

export const ROW_LIMITS: RowLimits = { maxRows: 100_000, maxCells: 64, maxRowLength: 2 ** 20 };

const DELIMITERS = [',', ';', '\t'] as const;
const QUOTE = '"';
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Reads CSV as RFC 4180 has it: quotes, line breaks in quotes, LF, CRLF or CR, a byte order mark. The first row
 * tells the delimiter (comma, semicolon or tab). A line without anything is a row with one empty cell.
 * @throws AppError `input.invalid` that names the line: a quote that never ends, text after one that did, a limit
 */
export function readRows(text: string, limits: RowLimits = ROW_LIMITS): readonly Row[] {
  const reader = new CsvReader(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text, limits);
  const rows: Row[] = [];
  for (let row = reader.readRow(); row; row = reader.readRow()) {
    if (rows.length >= limits.maxRows) {
      throw refuse(row.line, `A list has at most ${limits.maxRows} rows. Import it in parts.`);
    }
    rows.push(row);
  }
  return rows;
}

class CsvReader {
  readonly #text: string;
  readonly #limits: RowLimits;
  readonly #delimiter: string;
  /** A stretch of a cell without quotes, from where the last one ended. */
  readonly #plain: RegExp;
  #at = 0;
  #line = 1;

  constructor(text: string, limits: RowLimits) {
    this.#text = text;
    this.#limits = limits;
    this.#delimiter = findDelimiter(text, limits.maxRowLength);
    this.#plain = new RegExp(`[^${this.#delimiter}\\r\\n]*`, 'y');
  }

  readRow(): Row | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const line = this.#line;
    const cells: string[] = [];
    let length = 0;
    for (;;) {
      const cell = this.#text[this.#at] === QUOTE ? this.#readQuoted() : this.#readPlain();
      cells.push(cell);
      length += cell.length;
      if (length > this.#limits.maxRowLength)
        throw refuse(line, `A row has at most ${this.#limits.maxRowLength} characters.`);
      if (cells.length > this.#limits.maxCells)
        throw refuse(line, `A row has at most ${this.#limits.maxCells} cells.`);
      if (this.#text[this.#at] !== this.#delimiter) break;
      this.#at += 1;
    }
    this.#endRow();
    return { line, cells };
  }

  #endRow(): void {
    if (this.#at >= this.#text.length) return;
    if (this.#text.startsWith('\r\n', this.#at)) this.#at += 1;
    this.#at += 1;
    this.#line += 1;
  }

  #readPlain(): string {
    this.#plain.lastIndex = this.#at;
    const cell = this.#plain.exec(this.#text)?.[0] ?? '';
    this.#at += cell.length;
    return cell;
  }

  #readQuoted(): string {
    const line = this.#line;
    const start = this.#at + 1;
    let end = this.#text.indexOf(QUOTE, start);
    while (end >= 0 && this.#text[end + 1] === QUOTE) end = this.#text.indexOf(QUOTE, end + 2);
    if (end < 0) throw refuse(line, 'A quote is opened here and never closed.');
    const raw = this.#text.slice(start, end);
    this.#at = end + 1;
    this.#line += countLineBreaks(raw);
    const after = this.#text[this.#at];
    if (after !== undefined && after !== this.#delimiter && after !== '\r' && after !== '\n') {
      throw refuse(this.#line, 'After a closing quote comes neither a delimiter nor the end of the line.');
    }
    return raw.replaceAll('""', QUOTE);
  }
}

/** The delimiter that the first row holds most of, outside of quotes. */
function findDelimiter(text: string, maxLength: number): string {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const character of text.slice(0, maxLength)) {
    if (character === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === '\n' || character === '\r') break;
    else counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const countOf = (delimiter: string): number => counts.get(delimiter) ?? 0;
  return DELIMITERS.reduce<string>((best, each) => (countOf(each) > countOf(best) ? each : best), ',');
}

function countLineBreaks(text: string): number {
  let breaks = 0;
  for (const found of text.matchAll(/\r\n|\r|\n/g)) if (found[0] !== '') breaks += 1;
  return breaks;
}

function refuse(line: number, detail: string): AppError {
  return new AppError('input.invalid', { detail: `Line ${line}: ${detail}` });
}
