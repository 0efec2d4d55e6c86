import { readEnvelope, type RawObject } from '../stix/read-objects.ts';
import { nameOf } from './check-all.ts';
import type { ObjectOutcome, SubmissionIntent } from './submission.ts';

/**
 * The objects of a saved upload. It was within the limits of its day, so that a lower limit today does not hold it up.
 */
export function readSaved({ body }: SubmissionIntent): readonly RawObject[] {
  return readEnvelope(body, { maxDepth: Number.POSITIVE_INFINITY });
}

/** What is said of the objects of an upload until it is carried out. */
export function toSavedOutcomes(objects: readonly RawObject[]): readonly ObjectOutcome[] {
  return objects.map((raw) => ({ ...nameOf(raw), result: 'pending', message: 'saved; not looked at yet' }));
}
