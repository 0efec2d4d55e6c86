import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isPatternFault } from '../../../../server/stix/pattern/fault.ts';
import { findIllegalHashes } from '../../../../server/stix/pattern/hashes.ts';
import { findIllegalNames } from '../../../../server/stix/pattern/names.ts';
import { parsePattern } from '../../../../server/stix/pattern/parser.ts';
import { SHARED_DATA, skipWithout } from '../../../support/shared-data.ts';

const verdictFile = join(SHARED_DATA, 'stix-patterns.json');

interface Row {
  readonly verdict: 'valid' | 'invalid';
  readonly pattern: string;
}

function parseRows(text: string): readonly Row[] {
  const rows: unknown = JSON.parse(text);
  assert.ok(Array.isArray(rows) && rows.length > 0);
  return rows.map((row: unknown) => {
    assert.ok(typeof row === 'object' && row !== null && 'verdict' in row && 'pattern' in row);
    const { verdict, pattern } = row;
    assert.ok((verdict === 'valid' || verdict === 'invalid') && typeof pattern === 'string');
    return { verdict, pattern };
  });
}

function judge(text: string): Row['verdict'] {
  const result = parsePattern(text);
  if (isPatternFault(result)) return 'invalid';
  return findIllegalNames(result).length + findIllegalHashes(result).length === 0 ? 'valid' : 'invalid';
}

describe('patterns with a known verdict', () => {
  const skip = skipWithout(existsSync(verdictFile), verdictFile);

  test('every verdict agrees', { skip }, () => {
    const rows = parseRows(readFileSync(verdictFile, 'utf8'));
    const wrong = rows.filter(({ verdict, pattern }) => judge(pattern) !== verdict);
    assert.deepEqual(wrong, []);
  });
});
