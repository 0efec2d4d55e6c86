import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { PartnerFault } from '../../../server/sync/partner-fault.ts';
import { faultOf, openClient, readPageOf, startPartner, startRawPartner } from './client-kit.ts';

/** Waits until something holds. */
async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it did not come in time');
    await wait(5);
  }
}

describe('the signal', () => {
  test('ends a request that is under way at once, with its reason', async () => {
    await using partner = await startRawPartner(() => undefined);
    const control = new AbortController();
    await using client = openClient({ signal: control.signal });
    const call = readPageOf(client, partner);
    await until(() => partner.seen.length === 1);
    const reason = new Error('shutting down');
    control.abort(reason);
    await assert.rejects(call, (error) => error === reason);
    assert.equal(partner.seen.length, 1);
  });

  test('ends a connection that is being made', async () => {
    await using partner = await startRawPartner(() => undefined);
    const control = new AbortController();
    await using client = openClient({ signal: control.signal });
    const call = client.readService(`https://127.0.0.1:${partner.port}/`);
    await until(() => partner.seen.length === 1);
    control.abort('enough');
    await assert.rejects(call, (error) => error === 'enough');
  });

  test('ends an answer that is coming in', async () => {
    await using partner = await startRawPartner(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"objects":'),
    );
    const control = new AbortController();
    await using client = openClient({ signal: control.signal });
    const call = readPageOf(client, partner);
    await until(() => client.bill().bytesIn > 0);
    const reason = new Error('shutting down');
    control.abort(reason);
    await assert.rejects(call, (error) => error === reason);
  });

  test('ends a pause before a retry', async () => {
    await using partner = await startPartner(() => ({ status: 503 }));
    const control = new AbortController();
    const reason = new Error('shutting down');
    await using client = openClient({
      signal: control.signal,
      wait: (_ms, signal) => {
        control.abort(reason);
        return signal.aborted ? Promise.reject(new Error('the pause was ended')) : Promise.resolve();
      },
    });
    await assert.rejects(readPageOf(client, partner), (error) => error === reason);
    assert.equal(partner.seen.length, 1);
  });

  test('that fired before lets nothing go out', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    const reason = new Error('shutting down');
    await using client = openClient({ signal: AbortSignal.abort(reason) });
    await assert.rejects(readPageOf(client, partner), (error) => error === reason);
    assert.equal(partner.connections(), 0);
    assert.equal(client.bill().requests, 0);
  });
});

describe('whether we may ask', () => {
  test('is asked before each request, also before a retry, a redirect and another spelling', async () => {
    for (const allowed of [0, 1, 2, 3]) {
      await using partner = await startPartner((_seen, index) => {
        if (index === 0) return { status: 500 };
        if (index === 1) return { status: 302, headers: { location: '/new/' } };
        return index === 2 ? { status: 406 } : { body: {} };
      });
      const lost = new PartnerFault('lease.lost', 'Another process has it.');
      await using client = openClient({
        mayAsk: () => {
          if (partner.seen.length >= allowed) throw lost;
        },
      });
      await assert.rejects(readPageOf(client, partner), (error) => error === lost);
      assert.equal(partner.seen.length, allowed);
    }
  });

  test('is asked once more when the connection stands, right before the request goes out', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    const lost = new Error('lost while connecting');
    let asked = 0;
    await using client = openClient({
      mayAsk: () => {
        asked += 1;
        if (asked > 1) throw lost;
      },
    });
    await assert.rejects(readPageOf(client, partner), (error) => error === lost);
    assert.equal(partner.connections(), 1);
    assert.equal(partner.seen.length, 0);
  });

  test('is thrown as it is, and not taken for a failure that may pass', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    const odd = new TypeError('anything');
    await using client = openClient({
      mayAsk: () => {
        throw odd;
      },
    });
    await assert.rejects(readPageOf(client, partner), (error) => error === odd);
    assert.deepEqual(client.waits, []);
  });
});

describe('the bill', () => {
  test('counts every request and all bytes of bodies, also of retries and refusals', async () => {
    await using partner = await startPartner((_seen, index) =>
      index === 0 ? { status: 500, body: 'x'.repeat(100) } : { body: '{"status":"complete"}' },
    );
    await using client = openClient();
    assert.deepEqual(client.bill(), { requests: 0, bytesIn: 0, bytesOut: 0 });
    await client.addObjects({ apiRoot: partner.origin, collection: 'c' }, Buffer.from('{"a":1}'));
    assert.deepEqual(client.bill(), { requests: 2, bytesIn: 121, bytesOut: 14 });
  });
});

describe('closing a client', () => {
  test('ends its connections and what is under way', async () => {
    await using partner = await startRawPartner(() => undefined);
    const client = openClient();
    const call = faultOf(readPageOf(client, partner));
    await until(() => partner.seen.length === 1);
    await client.close();
    assert.equal((await call).code, 'connection.failed');
  });

  test('takes its listeners off the signal, which may live longer', async () => {
    await using partner = await startPartner(() => ({ body: {} }));
    const { signal } = new AbortController();
    let listening = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listening += 1;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listening -= 1;
      remove(...given);
    };
    const client = openClient({ signal });
    for (let round = 0; round < 3; round += 1) await readPageOf(client, partner);
    assert.equal(listening, 1);
    await client.close();
    assert.equal(listening, 0);
  });
});
