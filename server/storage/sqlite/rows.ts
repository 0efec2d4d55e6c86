import type { SQLOutputValue } from 'node:sqlite';
import { AppError } from '../../domain/errors.ts';

/** One row as node:sqlite hands it out. */
export type Row = Record<string, SQLOutputValue>;

function corrupt(column: string): AppError {
  return new AppError('storage.corrupt', { cause: new Error(`unexpected value in column ${column}`) });
}

/** @throws AppError `storage.corrupt` when the column holds no text. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw corrupt(column);
  return value;
}

/** @throws AppError `storage.corrupt` when the column holds no whole number that is exact in JavaScript. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw corrupt(column);
  return value;
}

/** @throws AppError `storage.corrupt` when the column holds no bytes. */
export function bytesOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw corrupt(column);
  return value;
}

export function optionalTextOf(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column);
}

/** Reads what this store wrote as JSON itself; the one place where its shape is taken on trust. */
export function parseStored<T>(json: string): T {
  return JSON.parse(json) as T;
}

/** Drops members that are undefined, so that optional members are absent instead. */
export function compact<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return parsePresent<T>(Object.entries(value).filter(([, member]) => member !== undefined));
}

function parsePresent<T>(members: [string, unknown][]): T {
  return Object.fromEntries(members) as T;
}
