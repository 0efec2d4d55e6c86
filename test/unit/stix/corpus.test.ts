import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { readDocument } from '../../../server/stix/document.ts';
import { checkDocument } from '../../../server/stix/validation/check-document.ts';
import { VALIDATOR } from '../../support/stix-validator.ts';
import { SHARED_DATA, skipWithout } from '../../support/shared-data.ts';

const CORPUS = join(SHARED_DATA, 'stix-corpus.jsonl');
/** Each stands in docs/validation.md with its reason. */
const DISAGREEMENTS = [
  'marking-definition__created_nofrac.json',
  'process__sco_uuidv1.json',
  'stix2-data__20170531213215263882.json',
  'val-test__VALID_BUNDLE__fixture__2.json',
];
/** Files and folders of real data in which nothing is wrong. */
const VALID_FILES = ['disarm/DISARM-v1.7-2026-01-21.json', 'worked-example/august-2018.json'];
const VALID_FOLDERS = ['oasis-examples', 'oasis-markings'];

interface Row {
  readonly name: string;
  readonly verdict: 'valid' | 'invalid';
  readonly text: string;
}

function parseRow(line: string): Row {
  return JSON.parse(line) as Row;
}

/** How we judge a text as it was uploaded. */
function judge(text: string): Row['verdict'] {
  try {
    const document = readDocument(Buffer.from(text), { maxDepth: 100 });
    return checkDocument(VALIDATOR, document, () => undefined).errorCount === 0 ? 'valid' : 'invalid';
  } catch (error) {
    if (error instanceof AppError) return 'invalid';
    throw error;
  }
}

const skip = skipWithout(existsSync(CORPUS), CORPUS);

describe('documents with a known verdict', () => {
  test('every verdict agrees but the ones that docs/validation.md lists', { skip }, () => {
    const rows = readFileSync(CORPUS, 'utf8').trim().split('\n').map(parseRow);
    assert.ok(rows.length >= 2290);
    const others = rows.filter(({ text, verdict }) => judge(text) !== verdict).map(({ name }) => name);
    assert.deepEqual(others.sort(), DISAGREEMENTS);
    const listed = readFileSync(join(import.meta.dirname, '../../../docs/validation.md'), 'utf8');
    for (const name of DISAGREEMENTS) assert.ok(listed.includes(name.replace('.json', '')), name);
  });

  test('nothing is wrong with the August 2018 bundle, the OASIS examples and DISARM', { skip }, () => {
    const inFolders = VALID_FOLDERS.flatMap((folder) =>
      readdirSync(join(SHARED_DATA, folder)).map((file) => join(folder, file)),
    );
    for (const file of [...VALID_FILES, ...inFolders]) {
      assert.equal(judge(readFileSync(join(SHARED_DATA, file), 'utf8')), 'valid', file);
    }
  });
});
