import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../server/domain/held.ts';
import type { Made } from '../../../server/takedown/makers.ts';
import { followHeld } from '../../../server/takedown/renewal.ts';

const FIRST = '2018-08-21T00:00:00.000Z';

function incident(name: string, modified = FIRST, more: JsonObject = {}): Made {
  const id = 'incident--d12de917-071c-53ea-bb2a-fff27d992c68';
  return { type: 'incident', id, created: FIRST, modified, name, ...more };
}

describe('a list that was imported before', () => {
  test('what is not held is sent as it was made', () => {
    assert.deepEqual(followHeld(incident('8 Pages'), []), incident('8 Pages'));
  });

  test('what the latest version says already is that version', () => {
    const held = [incident('8 Pages'), incident('9 Pages', '2018-08-21T00:00:00.001Z')];
    assert.deepEqual(followHeld(incident('9 Pages'), held), held[1]);
  });

  test('what was said before the latest version is said anew, in a version after it', () => {
    const held = [incident('8 Pages'), incident('9 Pages', '2018-08-21T00:00:00.001Z')];
    assert.deepEqual(followHeld(incident('8 Pages'), held), incident('8 Pages', '2018-08-21T00:00:00.002Z'));
  });

  test('what a list says anew is a version after the latest, created when the first was', () => {
    const corrected = { ...incident('9 Pages'), created: '2018-08-22T00:00:00.000Z' };
    const held = [incident('8 Pages', '2018-08-24T18:00:00.123456Z')];
    assert.deepEqual(followHeld(corrected, held), incident('9 Pages', '2018-08-24T18:00:00.124Z'));
  });

  test('what others added to it stays', () => {
    const held = [incident('8 Pages'), incident('8 Pages', '2018-09-01T00:00:00.000Z', { confidence: 80 })];
    assert.deepEqual(followHeld(incident('8 Pages'), held), held[1]);
    assert.deepEqual(
      followHeld(incident('9 Pages'), held),
      incident('9 Pages', '2018-09-01T00:00:00.001Z', { confidence: 80 }),
    );
  });

  test('a version that follows is found again, so that nothing is added twice', () => {
    const held = [incident('8 Pages', FIRST, { confidence: 80 })];
    const next = followHeld(incident('9 Pages'), held);
    assert.deepEqual(followHeld(incident('9 Pages'), [...held, next]), next);
  });

  test('nothing follows what was revoked', () => {
    const held = [incident('8 Pages', FIRST, { revoked: true })];
    assert.deepEqual(followHeld(incident('9 Pages'), held), incident('9 Pages'));
  });
});
