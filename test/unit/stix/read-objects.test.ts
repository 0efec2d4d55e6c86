import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../../server/domain/errors.ts';
import { readFile } from '../../../server/stix/document.ts';
import { readEnvelope, type RawObject } from '../../../server/stix/read-objects.ts';

const LIMITS = { maxDepth: 10 };

function read(text: string): readonly RawObject[] {
  return readEnvelope(Buffer.from(text), LIMITS);
}

function faultsOf(object: string): readonly string[] {
  const [raw] = read(`{"objects":[${object}]}`);
  return (raw?.faults ?? []).map(({ path, message }) => `${path}: ${message}`);
}

function throwsCode(code: string, work: () => unknown, detail?: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, code);
    if (detail) assert.match(error.detail ?? '', detail);
    return true;
  });
}

describe('reading an envelope', () => {
  test('the objects come in the order in which they stand, each with its own text (TAXII 2.1, 3.7)', () => {
    const texts = ['{ "b" : 1, "a":2 }', '[ 1 , 2 ]', '"x,]"', '1', 'null'];
    assert.deepEqual(
      read(`{"more":false,"objects":[ ${texts.join(' ,\n')} ],"x":[{"objects":[{}]}]}`).map(
        ({ text }) => text,
      ),
      texts,
    );
  });

  test('a bundle is an envelope, and other members are ignored (TAXII 2.1, 3.7)', () => {
    const text = '{"type":"bundle","id":"bundle--1","objects":[{"a":1}],"objects ":[1],"constructor":[2]}';
    assert.deepEqual(
      read(text).map(({ value }) => value),
      [{ a: 1 }],
    );
  });

  test('a body that says "objects" 300,000 times is refused like one that says it twice', () => {
    throwsCode('body.not-json', () => read(`{${'"objects":[],'.repeat(300_000)}"x":1}`), /"objects" twice/);
  });

  test('a name written with escapes is the same name (RFC 8259, 7)', () => {
    assert.equal(read('{"\\u006fbject\\u0073":[{},{}]}').length, 2);
    throwsCode('body.not-json', () => read('{"objects":[{}],"\\u006fbjects":[{}]}'), /"objects" twice/);
    throwsCode('body.not-json', () => read('{"\\u006fbjects":1,"objects":[{}]}'), /"objects" twice/);
  });

  test('without a list that holds something it is no envelope (TAXII 2.1, 3.7)', () => {
    const bodies = [
      '{}',
      '{"objects":[]}',
      '{"objects":{}}',
      '{"objects":null}',
      '[]',
      '[{"objects":[{}]}]',
      '1',
      '"x"',
    ];
    for (const body of [...bodies, 'null', '{"Objects":[{}]}', '{"a":{"objects":[{}]}}']) {
      throwsCode('body.not-an-envelope', () => read(body));
    }
    throwsCode('body.not-an-envelope', () => read('{"__proto__":{"objects":[{}]}}'));
  });

  test('a byte order mark is ignored once, and only at the start (RFC 8259, 8.1)', () => {
    assert.equal(read('\ufeff{"objects":[{}]}').length, 1);
    throwsCode('body.not-json', () => read('\ufeff\ufeff{"objects":[{}]}'));
    throwsCode('body.not-json', () => read('{"objects":[\ufeff{}]}'));
  });

  test('what is not UTF-8 is refused, halves of surrogate pairs in bytes and overlong forms too (RFC 3629)', () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0xbd], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80]]) {
      const body = Buffer.concat([Buffer.from('{"objects":["'), Buffer.from(bytes), Buffer.from('"]}')]);
      throwsCode('body.not-utf8', () => readEnvelope(body, LIMITS));
    }
    throwsCode('body.not-utf8', () =>
      readEnvelope(Buffer.from('{"objects":[{}]}', 'utf16le').fill(0xff, 0, 1), LIMITS),
    );
  });

  test('what is no JSON is refused with its line and column and none of its content', () => {
    throwsCode(
      'body.not-json',
      () => read('{"objects":\n [{"secret":1,}]}'),
      /^The body is not JSON \(line 2, column 15\)\.$/,
    );
    throwsCode('body.not-json', () => read(''), /^The body is not JSON \(line 1, column 1\)\.$/);
    for (const bad of [
      '{"objects":[01]}',
      '{"objects":[1.]}',
      "{'objects':[]}",
      '{"objects":[{}]',
      '{"objects":[NaN]}',
    ]) {
      throwsCode('body.not-json', () => read(bad), /^The body is not JSON[^{[]*\.$/);
    }
  });

  test('a body that quotes the words of an error is not taken for one', () => {
    throwsCode(
      'body.not-json',
      () => read('x at position 77'),
      /^The body is not JSON \(line 1, column 1\)\.$/,
    );
  });

  test('depth is taken at the limit and refused one past it, also where brackets are unbalanced', () => {
    const nested = (levels: number): string => `{"objects":[${'['.repeat(levels)}${']'.repeat(levels)}]}`;
    assert.equal(read(nested(8)).length, 1);
    throwsCode('body.too-deep', () => read(nested(9)), /deeper than 10 levels/);
    throwsCode('body.too-deep', () => read('['.repeat(11)));
    throwsCode('body.not-json', () => read(']'.repeat(20) + '['.repeat(20)));
    assert.equal(read(`{"objects":["${'['.repeat(50)}"]}`).length, 1);
  });
});

describe('faults of one object (RFC 7493)', () => {
  test('an object without faults has none, whatever stands in its texts', () => {
    for (const object of [
      '{"a":"__proto__"}',
      '{"a":"\\u0041\\ud83d\\ude00"}',
      '{"a":"{\\"a\\":1,\\"a\\":2}"}',
      '{}',
      '1',
    ]) {
      assert.deepEqual(faultsOf(object), []);
    }
    assert.deepEqual(faultsOf('{"constructor":{"toString":1},"hasOwnProperty":2,"a":{"a":{"a":1}}}'), []);
  });

  test('a name that stands twice is a fault where it stands, however it is written', () => {
    assert.deepEqual(faultsOf('{"id":1,"\\u0069d":2}'), ['/id: stands twice in the same object']);
    assert.deepEqual(faultsOf('{"a":[{"b":{"c":1,"d":1,"c":1}}]}'), [
      '/a/0/b/c: stands twice in the same object',
    ]);
    assert.deepEqual(faultsOf('{"a/b~":1,"a/b~":1}'), ['/a~1b~0: stands twice in the same object']);
    assert.deepEqual(faultsOf('{"constructor":1,"constructor":1}'), [
      '/constructor: stands twice in the same object',
    ]);
    assert.deepEqual(faultsOf('{"":1,"":1}'), ['/: stands twice in the same object']);
  });

  test('the name __proto__ is a fault with its whole path, also with escapes', () => {
    assert.deepEqual(faultsOf('{"a":[{"__proto__":{}}]}'), [
      '/a/0/__proto__: is a name that is not accepted',
    ]);
    assert.deepEqual(faultsOf('{"\\u005f_proto_\\u005f":1}'), ['/__proto__: is a name that is not accepted']);
  });

  test('a name with escapes is read as it is written, whatever JSON.parse remembers of earlier names', () => {
    const cases = [
      ['"\\\\u"', '"\\u0069d"', 'id'],
      ['"\\\\"', '"\\""', '"'],
      ['"\\\\u006fbject_marking"', '"\\u006fbject_marking_refs"', 'object_marking_refs'],
    ] as const;
    for (const [n, [earlier, name, wanted]] of cases.entries()) {
      for (const [m, colon] of [':', ' \n:'].entries()) {
        // A beginning of its own: what is remembered hangs on the names before.
        const head = `"type":"campaign","x_${n}_${m}":1`;
        assert.deepEqual(faultsOf(`{${head},${earlier}:1}`), []);
        const text = `{${head},${name}${colon}2}`;
        const [listed] = read(`{"objects":[${text}]}`);
        const [single] = readFile(Buffer.from(text), LIMITS);
        for (const raw of [listed, single]) {
          assert.deepEqual(Object.entries(raw?.value ?? {}).at(-1), [wanted, 2]);
          assert.equal(raw?.text, text);
        }
      }
    }
    assert.equal(read('{"\\\\u006fb":[{}],"objects":[{}]}').length, 1);
    assert.equal(read('{"\\u006fbjects":[{},{}]}').length, 2);
  });

  test('a name that JSON.parse may misread cannot hide that it stands twice', () => {
    const head = '"type":"campaign","id":"campaign--1","x_twice":1';
    assert.deepEqual(faultsOf(`{${head},"\\\\u":1}`), []);
    assert.deepEqual(faultsOf(`{${head},"\\u0069d":"campaign--2"}`), [
      '/id: stands twice in the same object',
    ]);
  });

  test('the deepest nesting that may be set does not exhaust the stack, whatever stands inside', () => {
    const object = `${'{"\\u0061":['.repeat(499)}1,{"b":1,"b":"\\ud800"}${']}'.repeat(499)}`;
    const [raw] = readEnvelope(Buffer.from(`{"objects":[${object}]}`), { maxDepth: 1001 });
    assert.deepEqual(
      raw?.faults.map(({ message }) => message),
      ['holds half of a surrogate pair', 'stands twice in the same object'],
    );
  });

  test('half of a surrogate pair is a fault in a text and in a name', () => {
    assert.deepEqual(faultsOf('{"a":["\\ud83d"]}'), ['/a/0: holds half of a surrogate pair']);
    assert.deepEqual(faultsOf('{"a":"\\ude00\\ud83d"}'), ['/a: holds half of a surrogate pair']);
    assert.deepEqual(faultsOf('{"x\\uDFFF":1}'), ['/x\ufffd: has half of a surrogate pair in its name']);
    assert.deepEqual(faultsOf('"\\ud83d"'), [': holds half of a surrogate pair']);
  });

  test('numbers are taken up to 2^53 - 1 and refused beyond, however they are written', () => {
    for (const number of [
      '9007199254740991',
      '-9007199254740991',
      '9007199254740991e0',
      '0.00000000000000001',
      '1e-400',
    ]) {
      assert.deepEqual(faultsOf(`{"a":${number}}`), [], number);
    }
    for (const number of [
      '9007199254740992',
      '-9007199254740992',
      '1e16',
      '1E400',
      '-1e+400',
      `1${'0'.repeat(500)}`,
    ]) {
      assert.deepEqual(
        faultsOf(`{"a":{"b":${number}}}`),
        ['/a/b: is a number beyond 2^53 - 1: write it as a text'],
        number,
      );
    }
  });

  test('a number of more than 400 digits hides no fault behind it', () => {
    const long = `0.${'0'.repeat(600)}1`;
    assert.deepEqual(faultsOf(`{"a":${long},"b":1,"b":2}`), ['/b: stands twice in the same object']);
    assert.deepEqual(faultsOf(`{"a":[${long},1e17]}`), [
      '/a/1: is a number beyond 2^53 - 1: write it as a text',
    ]);
  });

  test('a number of more than 400 digits does not send the reader round for ever', () => {
    const long = `0.${'0'.repeat(600)}1`;
    for (const object of [`[[{"x":${long},"bbbb":"c\\"","d":["e"]}]]`, `{"a":[{"x":${long},"":""}]}`]) {
      assert.deepEqual(faultsOf(object), []);
    }
  });

  test('an object with hundreds of thousands of faults tells twenty of them and does not exhaust the stack', () => {
    assert.equal(faultsOf(`{${'"a":1,'.repeat(200_000)}"a":1}`).length, 20);
    assert.equal(faultsOf(`{"a":[${'"\\ud800",'.repeat(30)}1e99]}`).length, 20);
  });

  test('the faults of one object are not those of its neighbours', () => {
    const found = read('{"objects":[{"a":1},{"a":1,"a":2},{"b":1e99},{"c":1}],"x":{"y":1,"y":2}}');
    assert.deepEqual(
      found.map(({ faults }) => faults.length),
      [0, 1, 1, 0],
    );
  });
});

describe('reading a file', () => {
  const readText = (text: string): readonly RawObject[] => readFile(Buffer.from(text), LIMITS);

  test('a file holds an envelope, a bundle or a single object (design, 3)', () => {
    assert.equal(readText('{"objects":[{},{}]}').length, 2);
    assert.equal(readText('{"type":"bundle","objects":[{}]}').length, 1);
    assert.deepEqual(
      readText('\ufeff \n{"type":"campaign", "a":1}\n ').map(({ text }) => text),
      ['{"type":"campaign", "a":1}'],
    );
  });

  test('an object with a type is a single object even when it has a member "objects", as observed-data has', () => {
    const [raw, ...more] = readText('{"type":"observed-data","objects":{"0":{"type":"file"}},"x":[1]}');
    assert.equal(more.length, 0);
    assert.deepEqual(raw?.faults, []);
    assert.equal(readText('{"type":"observed-data","objects":[{"a":1},{"b":2}]}').length, 1);
  });

  test('a single object has the faults that it would have in an envelope', () => {
    const faults = (text: string): readonly string[] =>
      readText(text).flatMap((raw) => raw.faults.map(({ path }) => path));
    assert.deepEqual(faults('{"type":"campaign","a":{"b":1,"b":2}}'), ['/a/b']);
    assert.deepEqual(faults('{"type":"campaign","a":1e99,"__proto__":1}'), ['/__proto__', '/a']);
    assert.deepEqual(faults('{"type":"campaign","name":"x"}'), []);
  });

  test('a bundle without objects, a list and an object without a type are no upload', () => {
    for (const text of ['{"type":"bundle"}', '[]', '{"type":1}', '{}', '"campaign"', 'null']) {
      throwsCode('body.not-an-envelope', () => readText(text));
    }
    throwsCode('body.too-deep', () => readText(`{"type":"campaign","a":${'['.repeat(10)}${']'.repeat(10)}}`));
  });
});
