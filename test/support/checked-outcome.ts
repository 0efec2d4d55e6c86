import assert from 'node:assert/strict';
import { checkAll, checkRaw } from '../../server/domain/check-all.ts';
import { AppError } from '../../server/domain/errors.ts';
import { readEnvelope } from '../../server/stix/read-objects.ts';
import { nextCollectionId } from './publications.ts';
import type { Collection } from '../../server/domain/collection.ts';
import { VALIDATOR } from './stix-validator.ts';

/** What the sender of an object that is refused is told; it is refused as a part of an envelope. */
export function asPostedOutcome(text: string): string {
  try {
    const [raw] = readEnvelope(Buffer.from(`{"objects":[${text}]}`), { maxDepth: 100 });
    assert.ok(raw);
    const { failure } = checkRaw(VALIDATOR.check, raw, ['2.1']);
    assert.ok(failure, 'it was not refused');
    return failure.message ?? '';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

/** Reads and checks an envelope as intake does. @returns what is told of each object that was refused */
export async function checkEnvelope(body: Uint8Array): Promise<readonly string[]> {
  const objects = readEnvelope(body, { maxDepth: 100, maxObjects: 50_000 });
  const checked = await checkAll(VALIDATOR, INTAKE, objects);
  return checked.flatMap(({ failure }) => (failure ? [failure.message ?? ''] : []));
}

/** The same of objects that are given as texts. */
export function outcomesOf(texts: readonly string[]): Promise<readonly string[]> {
  return checkEnvelope(Buffer.from(`{"objects":[${texts.join()}]}`));
}

const INTAKE: Collection = {
  id: nextCollectionId(),
  alias: 'intake',
  title: 'Intake',
  apiRoot: 'feed',
  release: { policy: 'intake', defaults: { tlp: 'amber', audiences: ['federal'], consent: 'everyone' } },
  references: [],
  read: [],
  write: [],
  stixVersions: ['2.1'],
};
