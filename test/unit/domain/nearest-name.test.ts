import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countEdits, findNearestName } from '../../../server/domain/nearest-name.ts';

describe('the nearest name', () => {
  test('an edit adds, takes away or replaces one character', () => {
    assert.equal(countEdits('', ''), 0);
    assert.equal(countEdits('PORT', 'PORT'), 0);
    assert.equal(countEdits('PORT', ''), 4);
    assert.equal(countEdits('', 'PORT'), 4);
    assert.equal(countEdits('PRT', 'PORT'), 1);
    assert.equal(countEdits('PORTS', 'PORT'), 1);
    assert.equal(countEdits('PART', 'PORT'), 1);
    assert.equal(countEdits('kitten', 'sitting'), 3);
  });

  test('the number of edits is the same in both directions', () => {
    assert.equal(countEdits('MAX_DEPTH', 'MAX_URL_LENGTH'), countEdits('MAX_URL_LENGTH', 'MAX_DEPTH'));
  });

  test('the candidate with the fewest edits is the nearest, in any case of letters', () => {
    assert.equal(findNearestName('log_levle', ['HOST', 'LOG_LEVEL', 'LOGIN_WINDOW']), 'LOG_LEVEL');
  });

  test('the earlier of two equally near candidates is the nearest', () => {
    assert.equal(findNearestName('B', ['A', 'C']), 'A');
  });

  test('without candidates there is no nearest name', () => {
    assert.equal(findNearestName('PORT', []), undefined);
  });

  test('a name of a million characters is answered from its beginning', () => {
    assert.equal(findNearestName(`HOST${'x'.repeat(1_000_000)}`, ['PORT', 'HOST']), 'HOST');
  });
});
