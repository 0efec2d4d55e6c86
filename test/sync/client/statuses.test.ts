import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { bearer, faultOf, openClient, readPageOf, startPartner, type Reply } from './client-kit.ts';

describe('a refusal', () => {
  test('has one code for each of its kinds, and is not asked for twice when it stays (TAXII 2.1, 3.6)', async () => {
    const codes: Readonly<Record<string, readonly number[]>> = {
      'credentials.refused': [401],
      'access.denied': [403],
      'not-found': [404, 410],
      'request.refused': [400, 402, 405, 409, 422, 431, 451, 499],
      'request.too-large': [413],
    };
    for (const [code, statuses] of Object.entries(codes)) {
      for (const status of statuses) {
        await using partner = await startPartner(() => ({ status }));
        await using client = openClient();
        const fault = await faultOf(readPageOf(client, partner));
        assert.equal(fault.code, code, String(status));
        assert.equal(fault.status, status);
        assert.match(fault.detail, new RegExp(`GET http://127\\.0\\.0\\.1:\\d+/root/.* ${status}`));
        assert.equal(partner.seen.length, 1, String(status));
      }
    }
  });

  test('of a body for its type is told after all spellings', async () => {
    await using partner = await startPartner(() => ({ status: 415 }));
    await using client = openClient();
    const fault = await faultOf(
      client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{}')),
    );
    assert.equal(fault.code, 'media.refused');
    assert.equal(partner.seen.length, 3);
  });

  test('of credentials says what to check', async () => {
    await using partner = await startPartner(() => ({ status: 401 }));
    for (const [credentials, advice] of [
      [{ kind: 'none' }, /--auth/],
      [bearer('hunter2'), /--secret-env/],
      [{ kind: 'certificate', pem: 'unused over plain http' }, /client certificate/],
    ] as const) {
      await using client = openClient({ credentials });
      assert.match((await faultOf(readPageOf(client, partner))).detail, advice);
    }
  });

  test('that may pass is asked for again, and then told', async () => {
    for (const [status, code] of [
      [408, 'partner.failed'],
      [429, 'partner.busy'],
      [500, 'partner.failed'],
      [502, 'partner.failed'],
      [503, 'partner.busy'],
      [504, 'partner.failed'],
      [599, 'partner.failed'],
    ] as const) {
      await using partner = await startPartner(() => ({ status }));
      await using client = openClient({ limits: { maxRetries: 2 } });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, code);
      assert.equal(fault.status, status);
      assert.equal(fault.retryAfterMs, undefined);
      assert.equal(partner.seen.length, 3);
    }
  });

  test('that is over when it is asked again is no fault', async () => {
    await using partner = await startPartner((_seen, index) =>
      index < 2 ? { status: 503 - index } : { body: {} },
    );
    await using client = openClient({ limits: { maxRetries: 2 } });
    await readPageOf(client, partner);
    assert.equal(partner.seen.length, 3);
  });

  test('is not asked for again when no retry is allowed', async () => {
    await using partner = await startPartner(() => ({ status: 500 }));
    await using client = openClient({ limits: { maxRetries: 0 } });
    await faultOf(readPageOf(client, partner));
    assert.equal(partner.seen.length, 1);
  });
});

describe('the pause before a retry', () => {
  test('doubles, with jitter between half and all of it, up to half a minute', async () => {
    await using partner = await startPartner(() => ({ status: 500 }));
    const pauses = async (random: number): Promise<readonly number[]> => {
      await using client = openClient({ limits: { maxRetries: 8 }, random: () => random });
      await faultOf(readPageOf(client, partner));
      return client.waits;
    };
    assert.deepEqual(await pauses(0), [250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    assert.deepEqual(await pauses(0.999999), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  /** What the client waits when it is told to come back. */
  async function waitFor(reply: Reply, maxRetryAfterMs = 60_000): Promise<readonly number[]> {
    await using partner = await startPartner((_seen, index) => (index === 0 ? reply : { body: {} }));
    await using client = openClient({ limits: { maxRetryAfterMs } });
    await readPageOf(client, partner);
    return client.waits;
  }

  test('is what the partner asks for, in seconds', async () => {
    for (const status of [429, 503]) {
      assert.deepEqual(await waitFor({ status, headers: { 'retry-after': '60' } }), [60_000]);
      assert.deepEqual(await waitFor({ status, headers: { 'retry-after': '0' } }), [375]);
    }
  });

  test('is what the partner asks for as a date, by the clock of the partner', async () => {
    const date = 'Tue, 01 Jan 2008 00:00:00 GMT';
    const at = (until: string): Reply => ({ status: 503, headers: { date, 'retry-after': until } });
    assert.deepEqual(await waitFor(at('Tue, 01 Jan 2008 00:00:30 GMT')), [30_000]);
    assert.deepEqual(await waitFor(at('Tue, 01 Jan 2008 00:01:00 GMT')), [60_000]);
    assert.deepEqual(await waitFor(at('Mon, 31 Dec 2007 00:00:00 GMT')), [375]);
  });

  test('is none for a date that is over', async () => {
    const headers = { date: 'Tue, 01 Jan 2008 00:00:00 GMT', 'retry-after': 'Mon, 31 Dec 2007 00:00:00 GMT' };
    await using partner = await startPartner(() => ({ status: 503, headers }));
    await using client = openClient({ limits: { maxRetries: 0 } });
    assert.equal((await faultOf(readPageOf(client, partner))).retryAfterMs, 0);
  });

  test('is our own when the partner says nothing that can be understood', async () => {
    for (const text of ['soon', '-5', '1.5', '2030-01-01', ''])
      assert.deepEqual(await waitFor({ status: 503, headers: { 'retry-after': text } }), [375], text);
  });

  test('that is longer than we wait ends the call, and says how long', async () => {
    for (const [text, asked] of [
      ['61', 61_000],
      ['86400', 86_400_000],
      ['99999999999999999999999', 604_800_000],
    ] as const) {
      await using partner = await startPartner(() => ({ status: 429, headers: { 'retry-after': text } }));
      await using client = openClient({ limits: { maxRetryAfterMs: 60_000 } });
      const fault = await faultOf(readPageOf(client, partner));
      assert.equal(fault.code, 'partner.busy');
      assert.equal(fault.retryAfterMs, asked);
      assert.equal(partner.seen.length, 1);
      assert.deepEqual(client.waits, []);
    }
  });
});

describe('what a partner says of a refusal', () => {
  async function detailOf(
    body: string | object,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    await using partner = await startPartner(() => ({ status: 403, body, headers }));
    await using client = openClient();
    return (await faultOf(readPageOf(client, partner))).detail;
  }

  test('is quoted: the title and the description of its error', async () => {
    assert.match(
      await detailOf({ title: 'No', description: 'Not for you' }),
      /The partner says: "No: Not for you"$/,
    );
    assert.match(await detailOf({ code: 3, name: 'No', description: 'Not' }), /"No: Not"$/);
    assert.match(await detailOf({ title: 5, description: 'Not' }), /"Not"$/);
  });

  test('is cut at 200 characters', async () => {
    const said = /says: "(.*)"$/.exec(await detailOf({ title: 'é'.repeat(200), description: 'x' }))?.[1];
    assert.equal(said, 'é'.repeat(200));
    const whole = /says: "(.*)"$/.exec(await detailOf({ title: 'é'.repeat(200) }))?.[1];
    assert.equal(whole, 'é'.repeat(200));
  });

  test('is printable: no control characters, no line breaks, nothing that turns the text around', async () => {
    const title = 'a\u001b[31m\r\nb\u202e\u0000c\u2028d\ud800';
    assert.match(await detailOf({ title }), /says: "a\[31m bc d"$/);
  });

  test('is left out when it is HTML, or no JSON object', async () => {
    for (const body of [
      '<html><body>No</body></html>',
      '"No"',
      '["No"]',
      'No',
      '',
      '{"title":',
      { title: '<b>No</b>' },
    ]) {
      assert.doesNotMatch(await detailOf(body), /says|No/, JSON.stringify(body));
    }
    assert.doesNotMatch(await detailOf('<h1>No</h1>', { 'content-type': 'text/html' }), /says|h1/);
  });
});
