import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomesOf } from '../../support/checked-outcome.ts';

const MEGABYTE = 1_000_000;

test('what is told about the faults of one upload is bounded, and each faulty object is told of all the same', async () => {
  const faulty = `{"type":"tool","granular_markings":[${'0,'.repeat(19)}0]}`;
  const messages = await outcomesOf(Array.from({ length: 50_000 }, () => faulty));
  assert.equal(messages.length, 50_000);
  assert.ok(messages.every((message) => message !== ''));
  const told = messages.reduce((sum, { length }) => sum + length, 0);
  assert.ok(told < 10 * MEGABYTE, `${told} characters`);
  assert.match(messages[0] ?? '', /^\/spec_version: is missing.*25 faults in all$/);
  assert.match(messages.at(-1) ?? '', /^\/spec_version: is missing|it is faulty/);
});

test('after two hundred faulty objects only the first fault of each is looked for', async () => {
  const messages = await outcomesOf(Array.from({ length: 202 }, () => '{"type":"campaign","revoked":1}'));
  assert.ok((messages[0]?.split('; ').length ?? 0) > 1);
  assert.equal(messages[201]?.split('; ').length, 1);
});
