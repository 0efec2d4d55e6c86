import type { CatalogueEntry } from './catalogue-entry.ts';
import { OTHER_WARNINGS } from './other-catalogue.ts';
import { VOCABULARY_WARNINGS } from './vocabulary-catalogue.ts';

/** Every warning that exists, in the order of the documentation. */
export const CATALOGUE = [
  ...OTHER_WARNINGS.formats,
  ...OTHER_WARNINGS.approved,
  ...VOCABULARY_WARNINGS,
  ...OTHER_WARNINGS.registries,
  ...OTHER_WARNINGS.contents,
  ...OTHER_WARNINGS.custom,
  ...OTHER_WARNINGS.ours,
] as const satisfies readonly CatalogueEntry[];

/** A code of the catalogue. */
export type WarningCode = (typeof CATALOGUE)[number]['code'];

const NAMES: ReadonlyMap<number | string, string> = new Map(CATALOGUE.map(({ code, name }) => [code, name]));

export function isWarningCode(code: unknown): code is WarningCode {
  return (typeof code === 'number' || typeof code === 'string') && NAMES.has(code);
}

/** The name that goes with a code. */
export function nameOfWarning(code: WarningCode): string {
  return NAMES.get(code) ?? String(code);
}
