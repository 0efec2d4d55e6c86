import assert from 'node:assert/strict';
import { AppError } from '../../../server/domain/errors.ts';

/** The lines of a `config.invalid` error after its heading: one for each problem. */
export function toProblems(error: unknown): readonly string[] {
  assert.ok(error instanceof AppError);
  assert.equal(error.code, 'config.invalid');
  return (error.detail ?? '').split('\n').slice(1);
}
