import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';

/** A folder for secrets that goes with the test. */
export async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pollwatch-secrets-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What the work fails with. */
export async function faultOf(work: Promise<unknown>): Promise<PartnerFault> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof PartnerFault, String(error));
    return error;
  }
  assert.fail('it was taken');
}
