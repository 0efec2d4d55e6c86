import assert from 'node:assert/strict';
import { checkRaw } from '../../server/domain/check-all.ts';
import { AppError } from '../../server/domain/errors.ts';
import { readEnvelope } from '../../server/stix/read-objects.ts';
import { VALIDATOR } from './stix-validator.ts';

/** What the sender of an object that is refused is told; it is refused as a part of an envelope. */
export function asPostedOutcome(text: string): string {
  try {
    const [raw] = readEnvelope(Buffer.from(`{"objects":[${text}]}`), { maxDepth: 100 });
    assert.ok(raw);
    const { failure } = checkRaw(VALIDATOR, raw, ['2.1']);
    assert.ok(failure, 'it was not refused');
    return failure.message ?? '';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
