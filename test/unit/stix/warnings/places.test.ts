import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SchemaObject } from 'ajv/dist/2020.js';
import { createPlaceReader, type Place } from '../../../../server/stix/validation/warnings/places.ts';

const BASE = 'https://example.com/stix/';
const word = { type: 'string', openVocabulary: 'word-ov' };

function read(schema: SchemaObject, common: SchemaObject = {}) {
  const main = { $id: `${BASE}main.json`, ...schema };
  return createPlaceReader({ files: [main, { $id: `${BASE}common.json`, ...common }] })(main);
}

function requirePlace(...schemas: Parameters<typeof read>): Place {
  const place = read(...schemas);
  assert.ok(place);
  return place;
}

describe('the places of a schema', () => {
  test('has the vocabularies of properties, lists, keys and other members', () => {
    const place = requirePlace({
      title: 'Main',
      properties: { one: word, many: { type: 'array', items: word }, none: { type: 'string' } },
      propertyNames: { type: 'string', openVocabulary: 'key-ov' },
      additionalProperties: word,
    });
    assert.equal(place.title, 'Main');
    assert.deepEqual([...place.members.keys()], ['one', 'many']);
    assert.equal(place.members.get('one')?.vocabulary, 'word-ov');
    assert.equal(place.members.get('many')?.items?.vocabulary, 'word-ov');
    assert.equal(place.keyVocabulary, 'key-ov');
    assert.equal(place.others?.vocabulary, 'word-ov');
  });

  test('follows references into other files, beside what stands with them', () => {
    const place = requirePlace(
      { properties: { a: { type: 'object', $ref: 'common.json#/$defs/part', properties: { own: word } } } },
      { $defs: { part: { properties: { shared: { $ref: '#/$defs/word' } } }, word } },
    );
    assert.deepEqual([...(place.members.get('a')?.members.keys() ?? [])], ['own', 'shared']);
  });

  test('knows the names of members only where others are custom ones', () => {
    const free = { additionalProperties: { $ref: 'common.json#/$defs/value' } };
    const common = { $defs: { value: { type: 'string' } } };
    const place = requirePlace({ properties: { a: { type: 'string' } }, ...free }, common);
    assert.deepEqual(place.known, new Set(['a']));
    assert.equal(read({ properties: { a: word } }, common)?.known, undefined);
    assert.equal(read(free, common), undefined);
  });

  test('is nothing where there is nothing to look at', () => {
    assert.equal(read({ properties: { a: { type: 'string' } } }), undefined);
  });

  test('ends where a schema holds itself', () => {
    const place = requirePlace({ properties: { word, part: { $ref: '#' } } });
    assert.deepEqual([...place.members.keys()], ['word']);
  });
});
