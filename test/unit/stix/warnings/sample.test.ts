import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isJsonArray, memberOf, parseObjectText } from '../../../../server/stix/json.ts';
import { warn, warnOfBundle } from './warned.ts';

const FILE = join(import.meta.dirname, '../../../../collections/samples/august-2018.json');

describe('the sample of August 2018', () => {
  const bundle = parseObjectText(readFileSync(FILE, 'utf8'));

  test('gives warnings of three kinds besides those about custom properties', () => {
    const objects = memberOf(bundle, 'objects');
    assert.ok(isJsonArray(objects));
    const places = objects
      .flatMap((object) => warn(object).warnings)
      .filter(({ code }) => code !== 401)
      .map(({ code, path }) => `${code} ${path}`);
    // Incidents attributed to campaigns, pages without hashes, indicators without a description.
    assert.deepEqual(
      new Set(places),
      new Set(['202 /relationship_type', '302 /external_references/0', '303 ']),
    );
    assert.equal(warnOfBundle(bundle).count, 0);
  });
});
