import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { makeCampaigns } from '../support/partner/objects.ts';
import { startPartner } from '../support/partner/partner.ts';
import { makePlace, readDocument } from './run-pollwatch.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'scripts', 'pollwatch.js');

describe('feed run that is told to stop', () => {
  test('keeps what it has read, ends with status 1, and the next run goes on there', async () => {
    await using resources = new AsyncDisposableStack();
    const place = await makePlace();
    resources.defer(() => place.remove());
    const reached = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    let pages = 0;
    const partner = resources.use(
      await startPartner({
        objects: makeCampaigns(30),
        behaviour: {
          pageSize: 10,
          fault({ resource }) {
            pages += resource === 'objects' ? 1 : 0;
            if (resource !== 'objects' || pages !== 2) return undefined;
            reached.resolve(undefined);
            return { kind: 'hold', until: released.promise };
          },
        },
      }),
    );
    resources.defer(() => released.resolve(undefined));
    const { env } = place;
    await readDocument(env, ['org', 'add', 'nass', '--name', 'NASS', '--audience', 'state']);
    const schedule = ['--direction', 'pull', '--cron', '0 * * * *', '--allow-private'];
    const where = ['--url', partner.apiRoot, '--collection', 'shared', '--org', 'nass'];
    await readDocument(env, ['feed', 'add', 'nass-in', ...where, ...schedule]);

    const child = spawn(process.execPath, [PROGRAM, 'feed', 'run', 'nass-in'], {
      env: { ...process.env, ...env },
    });
    const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    await Promise.race([reached.promise, output]);
    child.kill('SIGINT');
    const [stdout, stderr] = await output;
    assert.match(stdout, /^Feed nass-in: 10 objects \(10 new/);
    assert.match(
      stderr,
      /^error: The run was stopped\. What it has done stays, and the next one goes on there: pollwatch feed run nass-in\n$/,
    );
    assert.equal(child.exitCode, 1);

    const next = await readDocument(env, ['feed', 'run', 'nass-in']);
    // A run begins one moment before where the last one ended, so that nothing of that moment is left out.
    assert.deepEqual(
      [next['result'], next['counts']],
      ['complete', { objects: 21, accepted: 20, known: 1, rejected: 0 }],
    );
  });
});
