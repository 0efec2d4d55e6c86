import { isPatternFault } from '../pattern/fault.ts';
import { findIllegalHashes } from '../pattern/hashes.ts';
import { findIllegalNames } from '../pattern/names.ts';
import { parsePattern } from '../pattern/parser.ts';
import type { ObjectRule } from './object-rule.ts';

/** The pattern of an indicator is a STIX pattern where it says so (STIX 2.1, 4.7 and section 9). */
export const checkPattern: ObjectRule = (indicator, list) => {
  const { pattern, pattern_type: patternType } = indicator;
  if (patternType !== 'stix' || typeof pattern !== 'string') return;
  const parsed = parsePattern(pattern);
  if (isPatternFault(parsed)) {
    const { line, column, message } = parsed;
    list.add('/pattern', () => `line ${line}, column ${column} of the pattern: ${message}`);
    return;
  }
  const [illegal] = [...findIllegalNames(parsed), ...findIllegalHashes(parsed)];
  if (illegal) list.add('/pattern', () => illegal.message);
};
