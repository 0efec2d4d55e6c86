import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readList } from '../../../server/takedown/columns.ts';
import { readRows } from '../../../server/takedown/csv.ts';
import { isOfList } from '../../../server/takedown/membership.ts';
import { makeTakedown, type Takedown } from '../../../server/takedown/takedown.ts';

const LIST = join(import.meta.dirname, '..', '..', 'fixtures', 'takedown', 'operation.csv');

function importList(name: string, actedOn = '2018-08-21'): Takedown {
  const importer = { id: 'dhs', name: 'DHS', identity: 'identity--2fa96384-ca36-41d1-bc5c-7a5eaba4d654' };
  const terms = { name, actedOn, platform: 'facebook', importer, parties: [importer] };
  const made = makeTakedown(readList(readRows(readFileSync(LIST, 'utf8'))), terms);
  assert.ok('objects' in made);
  return made;
}

describe('what came of a list', () => {
  const { objects, origin } = importList('Example Operation');
  const versioned = objects.filter(({ created, type }) => created !== undefined && type !== 'identity');

  test('every object with versions is known again by its id, also when the day was corrected', () => {
    const corrected = importList('Example Operation', '2018-08-22').origin;
    for (const each of [origin, corrected]) {
      assert.deepEqual(
        versioned.filter((object) => !isOfList(each, object)),
        [],
      );
    }
  });

  test('nothing of a list under another name is taken for it', () => {
    const other = importList('Other Operation').origin;
    assert.deepEqual(
      versioned.filter((object) => isOfList(other, object)),
      [],
    );
  });

  test('what an analyst made to go with it is not taken for it', () => {
    const tie = versioned.find(({ type }) => type === 'relationship');
    assert.ok(tie);
    assert.equal(
      isOfList(origin, { ...tie, id: 'relationship--8f2c1a52-0f1c-4d83-9c1e-3a5f0e1b2c3d' }),
      false,
    );
    assert.equal(isOfList(origin, { ...tie, relationship_type: 'based-on' }), false);
  });
});
