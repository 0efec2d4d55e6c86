import { AppError } from '../domain/errors.ts';

/** Where a record stands in its section of an export. */
export type TransferKey = readonly (string | number)[];

/**
 * Reads the position of a batch: the number of a section, then the key of the last record in it.
 * @param starts for each section a key of the form that it has
 * @throws AppError `input.invalid` when the text is no position of an export
 */
export function parsePosition(
  text: string,
  starts: readonly TransferKey[],
): { readonly section: number; readonly key: TransferKey } {
  const [section, ...key] = parseParts(text);
  const start = typeof section === 'number' ? starts[section] : undefined;
  const isKey =
    start?.length === key.length && start.every((part, place) => typeof part === typeof key[place]);
  if (typeof section === 'number' && isKey) return { section, key };
  throw new AppError('input.invalid', { detail: 'This is no position of an export of this store.' });
}

function parseParts(text: string): TransferKey {
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts)) return [];
    return parts.map((part: unknown) => (typeof part === 'number' ? part : String(part)));
  } catch {
    return [];
  }
}
