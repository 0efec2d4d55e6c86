import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonValue } from '../../../server/domain/held.ts';
import { readDocument } from '../../../server/stix/document.ts';
import {
  checkDocument,
  MAX_LISTED,
  type DocumentChecks,
  type DocumentFindings,
} from '../../../server/stix/validation/check-document.ts';
import { createBundleWarner, createWarner } from '../../../server/stix/validation/warnings.ts';
import { SCHEMAS, VALIDATOR } from '../../support/stix-validator.ts';

const CHECKS: DocumentChecks = {
  ...VALIDATOR,
  warn: createWarner(SCHEMAS),
  warnOfBundle: createBundleWarner(SCHEMAS),
};
const LIMITS = { maxDepth: 100 };
const TIME = '2018-08-21T12:00:00.000Z';
const BUNDLE_ID = 'bundle--6b1f3c52-3a0c-4a37-8e57-3b8a4d0f9c11';

function toId(number: number): string {
  return `campaign--6b1f3c52-3a0c-4a37-8e57-${String(number).padStart(12, '0')}`;
}

function toCampaign(number: number, more: Readonly<Record<string, JsonValue>> = {}): JsonValue {
  return {
    type: 'campaign',
    spec_version: '2.1',
    id: toId(number),
    created: TIME,
    modified: TIME,
    name: 'x',
    ...more,
  };
}

function check(text: string, checks = CHECKS, advance = (): void => undefined): DocumentFindings {
  return checkDocument(checks, readDocument(Buffer.from(text), LIMITS), advance);
}

/** Where the errors are: line, column and pointer. */
function placesOf(text: string): readonly string[] {
  return check(text).errors.map(({ line, column, path }) => `${line}:${column} ${path}`);
}

describe('checking a file', () => {
  test('gives pointers from the root of the file, with line, column and id, for each form of a file', () => {
    const object = JSON.stringify(toCampaign(1, { first_seen: 'yesterday' }), null, 1);
    const [alone] = check(object).errors;
    assert.ok(alone);
    assert.deepEqual([alone.path, alone.line, alone.column, alone.id], ['/first_seen', 8, 2, toId(1)]);
    assert.deepEqual(placesOf(`[\n${object}]`), ['9:2 /0/first_seen']);
    assert.deepEqual(placesOf(`\ufeff{"objects":[\r\n${object}]}`), ['9:2 /objects/0/first_seen']);
    assert.deepEqual(placesOf(`{"type":"bundle","id":"${BUNDLE_ID}","objects":[{},\n\t${object}]}`), [
      '1:81 /objects/0/type',
      '9:2 /objects/1/first_seen',
    ]);
  });

  test('gives the faults of the bundle itself in the order of the file', () => {
    const object = JSON.stringify(toCampaign(1, { name: 1 }), null, 1);
    assert.deepEqual(placesOf(`{"type":"bundle",\n"objects":[${object}],\n"id":"x"}`), [
      '8:2 /objects/0/name',
      '10:1 /id',
    ]);
    assert.deepEqual(placesOf('{"type":"bundle",\n"objects":{}}'), ['1:1 /id', '2:1 /objects']);
  });

  test('gives what is wrong with an object of a bundle once', () => {
    const items = ['{}', '1', '{"type":"bundle"}', '{"type":1}'].join(',\n');
    assert.deepEqual(placesOf(`{"type":"bundle","id":"${BUNDLE_ID}","objects":[\n${items}]}`), [
      '2:1 /objects/0/type',
      '3:1 /objects/1',
      '4:2 /objects/2/type',
      '5:2 /objects/3/type',
    ]);
  });

  test('gives what is wrong as JSON, and then nothing else, about an object', () => {
    const text = `[{"type":"campaign","name":"a",\n"name":"b"}, ${JSON.stringify(toCampaign(1))}]`;
    const { errors, errorCount, warningCount } = check(text);
    assert.deepEqual(errors, [
      { path: '/0/name', message: 'stands twice in the same object', line: 2, column: 1 },
    ]);
    assert.equal(errorCount, 1);
    assert.equal(warningCount, 0);
  });

  test('finds fault with a file that holds no object, but not with a bundle without any', () => {
    for (const text of ['[]', ' {"objects": []}']) {
      assert.deepEqual(check(text).errors[0]?.message, 'expected at least one object, found none', text);
    }
    assert.equal(check(`{"type":"bundle","id":"${BUNDLE_ID}"}`).errorCount, 0);
  });

  test('finds fault with what is no object', () => {
    for (const text of ['1', '"campaign"', 'null']) assert.deepEqual(placesOf(text), ['1:1 ']);
    assert.deepEqual(placesOf('[true]'), ['1:2 /0']);
  });

  test('warns of objects and of duplicates among them, wherever their list stands', () => {
    const objects = `[${JSON.stringify(toCampaign(1, { x_note: 1 }))},\n${JSON.stringify(toCampaign(1))}]`;
    const warn = (text: string): readonly string[] =>
      check(text).warnings.map(({ code, line, path }) => `${code} ${line} ${path}`);
    assert.deepEqual(
      warn(objects).filter((each) => each.startsWith('203')),
      ['203 2 /1/modified'],
    );
    assert.ok(warn(objects).includes('401 1 /0/x_note'), warn(objects).join('; '));
    assert.ok(warn(`{"objects":${objects}}`).includes('203 2 /objects/1/modified'));
    const bundle = `{"type":"bundle","id":"${BUNDLE_ID}","objects":${objects}}`;
    assert.ok(warn(bundle).includes('203 2 /objects/1/modified'));
    assert.deepEqual(check(bundle, VALIDATOR).warnings, []);
  });

  test('lists a bounded number of errors and warnings and counts all, with the first of every code', () => {
    const many = Array.from({ length: MAX_LISTED }, (_, number) =>
      toCampaign(number, { name: 1, first_seen: 'x', x_note: 1, y_note: 1 }),
    );
    const last = toCampaign(0, {
      spec_version: '2.1',
      kill_chain_phases: [{ kill_chain_name: 'Big Name', phase_name: 'x' }],
    });
    let advanced = 0;
    const found = check(JSON.stringify([...many, last]), CHECKS, () => {
      advanced += 1;
    });
    assert.equal(advanced, MAX_LISTED + 1);
    assert.equal(found.objects, MAX_LISTED + 1);
    assert.equal(found.errors.length, MAX_LISTED);
    assert.equal(found.errorCount, 2 * MAX_LISTED);
    assert.ok(found.warningCount > 2 * MAX_LISTED);
    const others = found.warnings.slice(MAX_LISTED);
    assert.ok(others.length > 0 && others.every(({ path }) => path.startsWith(`/${MAX_LISTED}/`)));
  });

  test('cuts ids and pointers that are as long as the file', () => {
    const long = 'x'.repeat(100_000);
    const [error] = check(JSON.stringify({ ...Object(toCampaign(1)), id: long, [`${long} `]: 1 })).errors;
    assert.ok(error);
    assert.ok((error.id ?? '').length < 300);
    assert.ok(
      check(JSON.stringify({ type: 'campaign', [`${long} `]: 1 })).errors.every(
        ({ path }) => path.length < 1100,
      ),
    );
  });
});
