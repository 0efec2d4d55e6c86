import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isIdentifier, isTypeName, isUuid, typeOfId } from '../../../server/stix/identifier.ts';

const UUID = '8a1f0c52-93ad-4b14-8d54-f7ab0c3ec2b1';

describe('identifiers (STIX 2.1, 2.9)', () => {
  test('a type, two hyphens and a UUID in either case are an identifier', () => {
    for (const id of [
      `campaign--${UUID}`,
      `x-a-1--${UUID.toUpperCase()}`,
      `abc--${UUID}`,
      `${'x'.repeat(250)}--${UUID}`,
    ]) {
      assert.ok(isIdentifier(id), id);
    }
  });

  test('anything else is none, and another double hyphen neither', () => {
    const bad = [
      `ab--${UUID}`,
      `A-c--${UUID}`,
      `abc-${UUID}`,
      `abc---${UUID}`,
      `abc--def--${UUID}`,
      `${'x'.repeat(251)}--${UUID}`,
    ];
    for (const id of [
      ...bad,
      `abc--${UUID}x`,
      `abc--${UUID}\n`,
      ` abc--${UUID}`,
      UUID,
      '',
      `abc--${UUID.replaceAll('-', '')}`,
    ]) {
      assert.ok(!isIdentifier(id), id);
    }
    for (const value of [undefined, null, 1, {}, [`abc--${UUID}`]]) assert.ok(!isIdentifier(value));
  });

  test('the type is what stands before the double hyphen', () => {
    assert.equal(typeOfId(`domain-name--${UUID}`), 'domain-name');
  });

  test('a UUID has a version from 1 to 5 and the variant of RFC 4122', () => {
    assert.ok(isUuid(UUID) && isUuid(UUID.toUpperCase()));
    for (const text of [
      '8a1f0c52-93ad-6b14-8d54-f7ab0c3ec2b1',
      '8a1f0c52-93ad-4b14-7d54-f7ab0c3ec2b1',
      `${UUID} `,
      '',
    ]) {
      assert.ok(!isUuid(text), text);
    }
  });

  test('names of types and identifiers of a megabyte are judged at once', () => {
    const start = process.cpuUsage();
    for (const text of ['a'.repeat(1_000_000), 'a-'.repeat(500_000), `${'a'.repeat(1_000_000)}--${UUID}`]) {
      assert.ok(!isTypeName(text) && !isIdentifier(text) && !isUuid(text));
    }
    assert.ok(process.cpuUsage(start).user < 100_000);
  });
});
