import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { findSyntaxFault, findTooDeep } from '../../../server/stix/json-syntax.ts';
import { readRandomRuns } from '../../support/random-runs.ts';
import { anyWritten, blanks, createChoice, write } from './written-json.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The position and the message of the fault that a text has. */
function describeFault(text: string): string {
  const fault = findSyntaxFault(text);
  assert.ok(fault, text);
  assert.ok(!isJson(text), text);
  return `${fault.offset} ${fault.message}`;
}

describe('faults of syntax in JSON', () => {
  test('finds a fault exactly where JSON.parse refuses, in random JSON that is cut and changed', (t) => {
    const change = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 2 }),
      put: fc.oneof(
        fc.constantFrom(
          '',
          '"',
          '\\',
          '[',
          ']',
          '{',
          '}',
          ',',
          ':',
          '0',
          '-',
          '.',
          'e',
          '\n',
          '\u0000',
          '\u001f',
          '\u007f',
          '\u00a0',
        ),
        fc.string({ maxLength: 2, unit: 'binary' }),
      ),
    });
    fc.assert(
      fc.property(anyWritten, fc.nat(), fc.array(change, { maxLength: 3 }), (value, seed, changes) => {
        const choose = createChoice(seed);
        let text = blanks(choose) + write(value, choose) + blanks(choose);
        for (const { at, drop, put } of changes) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + put + text.slice(place + drop);
        }
        const fault = findSyntaxFault(text);
        assert.equal(fault === undefined, isJson(text), JSON.stringify({ text, fault }));
        if (fault) assert.ok(fault.offset <= text.length && fault.message.isWellFormed());
      }),
      readRandomRuns(t, 100),
    );
  });

  test('says what was expected and what was found', () => {
    assert.equal(describeFault(''), '0 expected a value, found the end');
    assert.equal(describeFault('[1,]'), '3 expected another item after the comma, found "]"');
    assert.equal(describeFault('{"a":1,}'), '7 expected another member after the comma, found "}"');
    assert.equal(describeFault('{"a" 1}'), '5 expected ":" after the name, found "1"');
    assert.equal(describeFault("{'a': 1}"), '1 expected a name in double quotes, found "\'"');
    assert.equal(describeFault('{"a": 1 "b": 2}'), '8 expected "," or "}", found "\\""');
    assert.equal(describeFault('[1 2'), '3 expected "," or "]", found "2"');
    assert.equal(describeFault('[1'), '2 expected "," or "]", found the end');
    assert.equal(describeFault('[True]'), '1 expected a value, found "True"');
    assert.equal(describeFault('[01]'), '1 expected a value, found "01"');
    assert.equal(describeFault('{}\n{}'), '3 expected nothing after the end of the value, found "{"');
    assert.equal(describeFault(`[${'x'.repeat(30)}]`), `1 expected a value, found "${'x'.repeat(20)}…"`);
  });

  test('says what is wrong with a text', () => {
    assert.equal(describeFault('["abc'), '1 a text begins here that does not end');
    assert.match(describeFault('["a\nb"]'), /^3 a text does not end on its line/);
    assert.match(describeFault('["a\tb"]'), /^3 a text holds a control character/);
    assert.match(describeFault('["a\u001fb"]'), /^3 a text holds a control character/);
    assert.equal(findSyntaxFault('["a\u007f\u2028b"]'), undefined);
    assert.match(describeFault('["C:\\Users"]'), /^4 "\\U" is no escape/);
    assert.match(describeFault('["\\u00zz"]'), /^2 "\\u" is no escape/);
  });

  test('finds the bracket that opens one level too many', () => {
    assert.equal(findTooDeep('[["[[[["], [[1]]]', 2), 12);
    assert.equal(findTooDeep('[{}, {}]', 2), 0);
  });
});
