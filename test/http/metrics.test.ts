import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { giveMetrics } from '../../server/given-metrics.ts';
import { MICROS_PER_SECOND } from '../../server/domain/timestamp.ts';
import { createMetricsServer } from '../../server/ops/metrics-server.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { TEST_CERTIFICATE, TEST_KEY } from './test-certificate.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Where the metrics are given out, as the log says. */
function findMetricsUrl(server: TestServer): string {
  const line = server.log.find((each) => each.includes('the metrics are given out')) ?? '';
  return /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
}

function ask(url: string, method = 'GET', headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestTls : request;
    const sent = send(url, { method, headers, agent: false, rejectUnauthorized: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sent.on('error', reject).end();
  });
}

/** The value of a series, with its labels as they are written; undefined when there is no such series. */
function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

function toCampaign(number: number): object {
  const time = '2018-08-01T00:00:00.000Z';
  const id = `campaign--00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return { type: 'campaign', spec_version: '2.1', id, created: time, modified: time, name: 'Counted' };
}

describe('metrics (design, 3)', () => {
  let server: TestServer;
  let url: string;
  before(async () => {
    server = await startTestServer({ METRICS_PORT: '0' });
    url = findMetricsUrl(server);
  });
  after(() => server[Symbol.asyncDispose]());

  const read = async (): Promise<string> => (await ask(`${url}/metrics`)).text;

  /** A request is counted when its answer is done, which the client may know a little earlier. */
  async function expectValue(series: string, value: number): Promise<void> {
    const deadline = performance.now() + 5000;
    for (;;) {
      const found = valueOf(await read(), series);
      if (found === value) return;
      assert.ok(performance.now() < deadline, `${series} is ${found} instead of ${value}`);
      await turn();
    }
  }

  test('answers GET /metrics in the text format of Prometheus, and HEAD without the text', async () => {
    const { status, headers, text } = await ask(`${url}/metrics`);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-store');
    for (const line of text.split('\n')) {
      assert.match(line, /^$|^# (HELP|TYPE) \S+ .+$|^[a-z_0-9]+(\{[^{}]*\})? (-?[0-9.e+-]+|Nan|[+-]Inf)$/i);
    }
    const head = await ask(`${url}/metrics`, 'HEAD');
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal((await ask(`${url}/metrics?x=1`)).status, 200);
  });

  test('has nothing else: other paths are 404 and other methods 405', async () => {
    for (const path of [
      '/',
      '/metrics/',
      '/metrics/x',
      '/taxii2/',
      '/health/live',
      '/%6detrics',
      '/Metrics',
    ]) {
      assert.equal((await ask(`${url}${path}`)).status, 404, path);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(`${url}/metrics`, method);
      assert.equal(status, 405, method);
      assert.equal(headers.allow, 'GET, HEAD');
    }
    assert.equal((await server.get('/metrics')).status, 404, 'nor has the port of the feed the metrics');
  });

  test('bounds headers at 8 KB', async () => {
    const headersOf = (bytes: number): Record<string, string> => ({ 'X-Filler': 'x'.repeat(bytes) });
    assert.equal((await ask(`${url}/metrics`, 'GET', headersOf(7000))).status, 200);
    assert.equal((await ask(`${url}/metrics`, 'GET', headersOf(9000))).status, 431);
  });

  test('bears 16 connections and closes a further one', async () => {
    const { port } = new URL(url);
    const open = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(Number(port), '127.0.0.1');
        sockets.push(socket);
        socket.on('error', () => resolve(false)).on('close', () => resolve(false));
        // Half a request: it is kept open until the time for headers is over.
        socket.on('connect', () => socket.write('GET /metrics HTTP/1.1\r\n'));
        setTimeout(() => resolve(true), 300);
      });
    const sockets: ReturnType<typeof connect>[] = [];
    try {
      const borne = await Promise.all(Array.from({ length: 17 }, open));
      assert.equal(borne.filter(Boolean).length, 16);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await expectValue('pollwatch_store_up', 1);
  });

  test('counts requests by endpoint, method and status, and never by what was asked for', async () => {
    const collection = server.scratch();
    assert.equal((await server.post(collection, [toCampaign(1)])).status, 202);
    assert.equal((await server.get(`${collection}objects/`)).status, 200);
    assert.equal((await server.get(`${collection}objects/?limit=secret`)).status, 400);
    assert.equal((await server.send('HEAD', `${collection}manifest/`)).status, 200);
    assert.equal(
      (await server.get(`${collection}objects/campaign--00000000-0000-4000-8000-000000000001/`)).status,
      200,
    );
    assert.equal(
      (await server.send('DELETE', `${collection}objects/campaign--00000000-0000-4000-8000-000000000001/`))
        .status,
      200,
    );
    assert.equal((await server.get('/taxii2/', { headers: { Authorization: 'Bearer wrong' } })).status, 401);
    assert.equal((await server.get('/feed/')).status, 200);
    assert.equal((await server.get('/feed/collections/')).status, 200);
    assert.equal((await server.get('/feed/status/secret/')).status, 404);
    assert.equal((await server.get('/feed/secret/path/')).status, 404);
    assert.equal((await server.send('PUT', `${collection}objects/`)).status, 405);
    const series: readonly (readonly [string, string, number])[] = [
      ['objects', 'POST', 202],
      ['objects', 'GET', 200],
      ['objects', 'GET', 400],
      ['objects', 'PUT', 405],
      ['manifest', 'HEAD', 200],
      ['object', 'GET', 200],
      ['object', 'DELETE', 200],
      ['discovery', 'GET', 401],
      ['api-root', 'GET', 200],
      ['collections', 'GET', 200],
      ['status', 'GET', 404],
      ['other', 'GET', 404],
    ];
    for (const [endpoint, method, status] of series) {
      // The tests before this one asked for what is not there, too.
      const value = endpoint === 'other' ? 2 : 1;
      await expectValue(
        `pollwatch_requests_total{endpoint="${endpoint}",method="${method}",status="${status}"}`,
        value,
      );
    }
    const text = await read();
    assert.doesNotMatch(text, /secret|campaign--|scratch-\d+\/|Bearer/);
    assert.equal(valueOf(text, 'pollwatch_request_duration_seconds_count{endpoint="objects"}'), 4);
    assert.equal(valueOf(text, 'pollwatch_request_duration_seconds_bucket{le="30",endpoint="objects"}'), 4);
  });

  test('says what the store holds: entries and the highest tick by collection, and how far that is ahead', async () => {
    const collection = server.scratch();
    const alias = /collections\/([^/]+)\//.exec(collection)?.[1] ?? '';
    await expectValue(`pollwatch_entries{collection="${alias}"}`, 0);
    await expectValue(`pollwatch_highest_tick_seconds{collection="${alias}"}`, 0);
    await server.post(collection, [toCampaign(2), toCampaign(3)]);
    await expectValue(`pollwatch_entries{collection="${alias}"}`, 2);
    const tick = valueOf(await read(), `pollwatch_highest_tick_seconds{collection="${alias}"}`) ?? 0;
    assert.ok(Math.abs(tick - server.clock.now() / MICROS_PER_SECOND) < 1, String(tick));
    server.clock.advance(-3600 * MICROS_PER_SECOND);
    const lead = valueOf(await read(), 'pollwatch_tick_lead_seconds') ?? 0;
    server.clock.advance(3600 * MICROS_PER_SECOND);
    assert.ok(lead >= 3599 && lead < 3602, String(lead));
    const text = await read();
    assert.equal(valueOf(text, 'pollwatch_open_writes'), 0);
    assert.equal(valueOf(text, 'pollwatch_aborted_writes_total'), 0);
    assert.equal(valueOf(text, 'pollwatch_silent_write_seconds'), 0);
    assert.equal(valueOf(text, 'pollwatch_submissions_waiting'), 0);
    assert.match(text, /^pollwatch_build_info\{version="\d+\.\d+\.\d+",node="v\d+[^"]*"\} 1$/m);
    assert.match(text, /^process_resident_memory_bytes \d+$/m);
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  });

  test('counts what is found in memory and what is not', async () => {
    const collection = server.scratch();
    const hits = 'pollwatch_cache_lookups_total{cache="pages",result="hit"}';
    const misses = 'pollwatch_cache_lookups_total{cache="pages",result="miss"}';
    const known = 'pollwatch_cache_lookups_total{cache="credentials",result="hit"}';
    const before = await read();
    await server.get(`${collection}objects/`);
    await server.get(`${collection}objects/`);
    await server.get(`${collection}objects/`);
    const text = await read();
    assert.equal((valueOf(text, hits) ?? 0) - (valueOf(before, hits) ?? 0), 2);
    assert.equal((valueOf(text, misses) ?? 0) - (valueOf(before, misses) ?? 0), 1);
    assert.equal((valueOf(text, known) ?? 0) - (valueOf(before, known) ?? 0), 3);
    assert.equal(valueOf(text, 'pollwatch_cache_evictions_total{cache="pages"}'), 0);
  });

  test('counts pages that went because others needed the room', async () => {
    await using small = await startTestServer({ METRICS_PORT: '0', PAGE_CACHE_BYTES: '4000' });
    const collection = small.scratch();
    for (let limit = 1; limit <= 20; limit += 1) await small.get(`${collection}objects/?limit=${limit}`);
    const { text } = await ask(`${findMetricsUrl(small)}/metrics`);
    assert.ok((valueOf(text, 'pollwatch_cache_evictions_total{cache="pages"}') ?? 0) > 5, text);
  });

  test('says that the store does not answer, counts what failed for it, and goes on', async () => {
    await using broken = await startTestServer({ METRICS_PORT: '0' });
    await broken.core.store.close();
    assert.equal((await broken.get('/feed/collections/')).status, 503);
    const { status, text } = await ask(`${findMetricsUrl(broken)}/metrics`);
    assert.equal(status, 200);
    assert.equal(valueOf(text, 'pollwatch_store_up'), 0);
    assert.ok((valueOf(text, 'pollwatch_store_errors_total{code="storage.unavailable"}') ?? 0) >= 1);
    assert.equal(valueOf(text, 'pollwatch_store_errors_total{code="server.busy"}'), 0);
  });
});

test('without METRICS_PORT nothing is given out', async () => {
  await using server = await startTestServer();
  assert.equal(findMetricsUrl(server), '');
  assert.equal((await server.get('/metrics')).status, 404);
});

test('with the TLS files of the server the metrics are given out over HTTPS alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pollwatch-metrics-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'certificate.pem'), TEST_CERTIFICATE);
  writeFileSync(join(folder, 'key.pem'), TEST_KEY);
  await using server = await startTestServer({
    METRICS_PORT: '0',
    TLS_CERT_FILE: join(folder, 'certificate.pem'),
    TLS_KEY_FILE: join(folder, 'key.pem'),
  });
  const url = findMetricsUrl(server);
  assert.match(url, /^https:/);
  assert.equal((await ask(`${url}/metrics`)).status, 200);
  await assert.rejects(ask(`${url.replace('https:', 'http:')}/metrics`));
});

test('who asks for the metrics and does not take them is cut off, so that nobody can hold all places', async (t) => {
  const readText = async (): Promise<string> => 'x'.repeat(1_000_000);
  const { server, close } = createMetricsServer({ readText, tls: undefined, idleMs: 200 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  t.after(close);
  const socket = connect(parseAddress(server.address()).port, '127.0.0.1').pause();
  t.after(() => socket.destroy());
  socket.on('error', () => undefined);
  // More than the kernel keeps for a reader.
  socket.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50));
  const count = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_error, number) => resolve(number)));
  const deadline = performance.now() + 10_000;
  let wasOpen = false;
  for (;;) {
    const open = await count();
    wasOpen ||= open === 1;
    if (wasOpen && open === 0) return;
    assert.ok(performance.now() < deadline, `open: ${open}`);
    await turn();
  }
});

test('a port of the metrics that is in use is a problem of METRICS_PORT', async () => {
  await using server = await startTestServer({ METRICS_PORT: '0' });
  const settings = {
    metricsHost: '127.0.0.1',
    metricsPort: Number(new URL(findMetricsUrl(server)).port),
    tlsCertFile: undefined,
    tlsKeyFile: undefined,
  };
  await assert.rejects(
    giveMetrics(settings, async () => ''),
    /Set POLLWATCH_METRICS_PORT to another one/,
  );
});

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}
