import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseObjectText } from '../../../server/stix/json.ts';
import { PLATFORMS } from '../../../server/takedown/platform-table.ts';

const FILE = join(import.meta.dirname, '..', '..', '..', 'schemas', 'stix', 'vocabularies.json');

describe('the table of platforms', () => {
  test('every platform is in the vocabulary, so that no list warns of one that is known', () => {
    const vocabulary = parseObjectText(readFileSync(FILE, 'utf8'))['platform-ov'];
    const text = JSON.stringify(vocabulary);
    assert.deepEqual(
      PLATFORMS.map(({ name }) => name).filter((name) => !text.includes(`"${name}"`)),
      [],
    );
  });
});
