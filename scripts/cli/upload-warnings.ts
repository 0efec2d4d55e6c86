import type { RawObject } from '../../server/stix/read-objects.ts';
import type { StixSchemas } from '../../server/stix/validation/schema-files.ts';
import { createWarner } from '../../server/stix/validation/warnings.ts';
import type { Answer } from './surroundings.ts';

/** Counts the warnings of what is uploaded: they keep nothing from being stored, and are easily slips of the pen. */
export interface WarningCounter {
  /** Looks at one object, and hands it back. */
  look(object: RawObject): RawObject;
  readonly count: number;
  /** One line for people; undefined when there are no warnings. */
  describe(files: readonly string[]): string | undefined;
}

export function createWarningCounter(schemas: StixSchemas): WarningCounter {
  const warn = createWarner(schemas);
  const codes = new Map<string, number>();
  let count = 0;
  return {
    look(object) {
      const found = object.faults.length > 0 ? { warnings: [], count: 0 } : warn(object.value);
      count += found.count;
      for (const { code } of found.warnings) codes.set(String(code), (codes.get(String(code)) ?? 0) + 1);
      return object;
    },
    get count() {
      return count;
    },
    describe(files) {
      if (count === 0) return undefined;
      const most = [...codes].sort(([, a], [, b]) => b - a).map(([code, number]) => `${code} (${number})`);
      const named = files.filter((file) => file !== '-').join(' ');
      const see = named === '' ? '' : `; see them with: pollwatch validate ${named}`;
      return `${count} ${count === 1 ? 'warning' : 'warnings'}: ${most.join(', ')}${see}`;
    },
  };
}

/** An answer about an upload, with the number of its warnings. */
export function withWarnings(
  { document, text, ...rest }: Answer,
  warnings: WarningCounter,
  files: readonly string[],
): Answer {
  const told = warnings.describe(files);
  return {
    ...rest,
    document: { ...Object(document), warnings: warnings.count },
    text: told === undefined ? text : `${text}\n\n${told}`,
  };
}
