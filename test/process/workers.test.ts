import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readRandomRuns } from '../support/random-runs.ts';
import { expectCarriedOut, expectManifest, expectThere, readAll, type Stream } from './expectations.ts';
import { createFeed, keyOf, type StixObject } from './feed.ts';
import { poll, type Following } from './poller.ts';
import { childrenOf, isAlive } from './process-tree.ts';
import { createProgress, createRandom } from './progress.ts';
import { makePlace, startServerProcess, type ServerProcess } from './server-process.ts';
import { write } from './writer.ts';

const BOUND = { timeout: 180_000 };
const DEADLINE_MS = 60_000;
const POLL_MS = 25;

/** Looks again and again until something is so. */
async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `in time: ${what}`);
    await delay(POLL_MS);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks on a connection of its own. */
function ask(url: string, authorization?: string): Promise<Answer> {
  const headers = {
    Accept: 'application/taxii+json;version=2.1',
    ...(authorization ? { authorization } : {}),
  };
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(parseAddress(server.address()).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function parseAddress(address: unknown): AddressInfo {
  return address as AddressInfo;
}

/** Nothing of the server may outlive the test, whatever the test found. */
async function startWithWorkers(
  t: TestContext,
  count: number,
  settings: Readonly<Record<string, string>> = {},
): Promise<{ readonly server: ServerProcess; readonly workers: readonly number[] }> {
  const place = await makePlace(t);
  const server = await startServerProcess(t, place, { POLLWATCH_WORKERS: String(count), ...settings });
  const seen = new Set(childrenOf(server.pid));
  t.after(() => {
    for (const pid of seen) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  assert.equal(seen.size, count);
  return { server, workers: [...seen] };
}

function toAuthorization(server: ServerProcess, user = 'nass'): string {
  return `Basic ${Buffer.from(`${user}:${server.users.get(user) ?? ''}`).toString('base64')}`;
}

function metricOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

test(
  'three workers share one port; a killed one is replaced while the others serve; SIGTERM ends all',
  BOUND,
  async (t) => {
    const metricsPort = await findFreePort();
    const { server, workers } = await startWithWorkers(t, 3, {
      POLLWATCH_LOG_LEVEL: 'info',
      POLLWATCH_METRICS_PORT: String(metricsPort),
    });
    const url = `http://127.0.0.1:${server.port}/feed/collections/state/objects/`;
    const authorization = toAuthorization(server);
    const readMetrics = async (): Promise<string> =>
      (await ask(`http://127.0.0.1:${metricsPort}/metrics`)).text;
    assert.match(server.output(), /^Pollwatch listens on /m);

    const bodies = new Set<string>();
    let sent = 0;
    await until('each worker has answered', async () => {
      const answers = await Promise.all(Array.from({ length: 30 }, () => ask(url, authorization)));
      for (const { status, text } of answers) {
        assert.equal(status, 200, text);
        bodies.add(text);
      }
      sent += answers.length;
      return [1, 2, 3].every((number) =>
        new RegExp(`"worker":${number},.*"status":200`).test(server.output()),
      );
    });
    assert.equal(bodies.size, 1, 'all show the same');
    assert.equal(server.output().match(/Pollwatch listens on/g)?.length, 1, 'the start is said once');

    await until('all requests are counted', async () => {
      const counted = metricOf(
        await readMetrics(),
        'pollwatch_requests_total{endpoint="objects",method="GET",status="200"}',
      );
      assert.ok((counted ?? 0) <= sent, `${counted} of ${sent}`);
      return counted === sent;
    });

    const [killed = 0, hungUp = 0] = workers;
    process.kill(killed, 'SIGKILL');
    await until('the worker is gone', () => !isAlive(killed));
    for (let request = 0; request < 20; request += 1)
      assert.equal((await ask(url, authorization)).status, 200);
    sent += 20;
    await until('three workers serve again', async () => {
      const text = await readMetrics();
      return (
        metricOf(text, 'pollwatch_workers') === 3 && metricOf(text, 'pollwatch_worker_restarts_total') === 1
      );
    });
    const text = await readMetrics();
    const counted = metricOf(text, 'pollwatch_requests_total{endpoint="objects",method="GET",status="200"}');
    assert.equal(counted, sent, 'what a dead worker had counted still counts');
    assert.equal(metricOf(text, 'pollwatch_store_up'), 1);
    assert.ok(
      (metricOf(text, 'pollwatch_entries{collection="state"}') ?? 0) > 10,
      'the store is not counted three times',
    );

    process.kill(server.pid, 'SIGHUP');
    assert.equal((await ask(url, authorization)).status, 200);
    assert.ok(isAlive(hungUp));

    const all = childrenOf(server.pid);
    assert.equal(all.length, 3);
    assert.equal(await server.terminate(), 0);
    assert.deepEqual(all.filter(isAlive), []);
  },
);

/** Sends the first half of an upload. @returns sends the rest, and answers with the status */
async function beginUpload(server: ServerProcess): Promise<() => Promise<number | undefined>> {
  const time = '2026-10-01T08:00:00.000Z';
  const id = 'campaign--00000000-0000-4000-8000-000000000001';
  const campaign = { type: 'campaign', spec_version: '2.1', id, created: time, modified: time, name: 'Half' };
  const bytes = Buffer.from(JSON.stringify({ objects: [campaign] }));
  const type = 'application/taxii+json;version=2.1';
  const sent = request({
    ...{ host: '127.0.0.1', port: server.port, method: 'POST', agent: false },
    path: '/feed/collections/exchange/objects/',
    headers: {
      ...{ Accept: type, 'Content-Type': type, 'Content-Length': bytes.byteLength },
      ...{ Authorization: toAuthorization(server), Expect: '100-continue' },
    },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    sent.on('response', (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject);
  });
  answered.catch(() => undefined);
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.write(bytes.subarray(0, 20));
  return () => {
    sent.end(bytes.subarray(20));
    return answered;
  };
}

test(
  'the death of the main process ends its workers, which finish what is in flight before',
  BOUND,
  async (t) => {
    const { server, workers } = await startWithWorkers(t, 2);
    const finishUpload = await beginUpload(server);
    await server.kill();
    const live = `http://127.0.0.1:${server.port}/health/live`;
    await until('nobody listens', async () => {
      const error = await ask(live).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return error instanceof Error && error.message.includes('ECONNREFUSED');
    });
    assert.equal(await finishUpload(), 202);
    await until('no worker is left', () => !workers.some(isAlive));
  },
);

test(
  'a stopped worker holds up neither requests nor the end: it is ended by force, and exit code 1 says so',
  BOUND,
  async (t) => {
    const { server, workers } = await startWithWorkers(t, 2, { POLLWATCH_SHUTDOWN_TIMEOUT: '500ms' });
    const [stopped = 0] = workers;
    process.kill(stopped, 'SIGSTOP');
    for (let request = 0; request < 20; request += 1) {
      assert.equal((await ask(`http://127.0.0.1:${server.port}/health/live`)).status, 200);
    }
    process.kill(server.pid, 'SIGTERM');
    assert.equal(await server.ended, 1);
    assert.deepEqual(workers.filter(isAlive), []);
  },
);

test('a port that is in use is said once, and nothing is left running', BOUND, async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
  t.after(() => taken.close());
  const { port } = parseAddress(taken.address());
  const place = await makePlace(t);
  const settings = { POLLWATCH_WORKERS: '2', POLLWATCH_PORT: String(port) };
  await assert.rejects(startServerProcess(t, place, settings), (error: Error) => {
    assert.equal(error.message.split(`error: Port ${port} on 127.0.0.1 is in use.`).length, 2, error.message);
    return true;
  });
});

/** One that is listed may have ended by itself since. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

test(
  'a worker that ends again and again while it starts ends the server with a clear error',
  BOUND,
  async (t) => {
    const { server, workers } = await startWithWorkers(t, 2);
    const [spared = 0, first = 0] = workers;
    let isOver = false;
    void server.ended.then(() => (isOver = true));
    process.kill(first, 'SIGKILL');
    // Before it can listen, each time.
    await until('the server ends', () => {
      for (const pid of childrenOf(server.pid)) if (pid !== spared) killIfThere(pid);
      return isOver;
    });
    assert.equal(await server.ended, 1);
    assert.equal(isAlive(spared), false);
  },
);

const FOLLOWINGS: readonly (readonly [Following, number])[] = [
  ['next', 5],
  ['the header', 7],
  ['next, then the header cut to milliseconds', 3],
];

test(
  'two workers over one database: each poller gets everything once and in order, and nothing is lost',
  BOUND,
  async (t) => {
    const { seed } = readRandomRuns(t);
    const random = createRandom(seed);
    const { server } = await startWithWorkers(t, 2);
    const feed = createFeed(server.users);
    const progress = createProgress();
    const streams: readonly Stream[] = [
      { to: 'exchange', readIn: 'exchange', users: ['nass', 'nass'], accepted: [] },
      { to: 'intake', readIn: 'state', users: ['dhs', 'facebook'], accepted: [] },
    ];
    let isOver = false;
    let written = false;
    feed.begin(server);
    const writers = streams.flatMap(({ to, users, accepted }, stream) =>
      users.map((user, number) =>
        write({
          ...{ feed, to, user, progress, accepted },
          random: createRandom(seed + 10 * stream + number + 1),
          isOver: () => isOver,
          onLoss: () => undefined,
        }),
      ),
    );
    const pollers = streams.flatMap(({ readIn }) =>
      FOLLOWINGS.map(async ([following, limit]) => {
        const options = { feed, collection: readIn, user: 'nass', following, limit, progress };
        return { readIn, following, held: await poll({ ...options, isOver: () => written }) };
      }),
    );
    const work = Promise.all([...writers, ...pollers]);
    work.catch(() => undefined);
    await Promise.race([work, progress.past(30 + random(20))]);
    isOver = true;
    await Promise.all(writers);
    for (const { users, accepted } of streams) await expectCarriedOut(feed, users, accepted);
    written = true;
    progress.step();
    const shown = new Map<string, readonly StixObject[]>();
    for (const stream of streams) {
      const all = await readAll(feed, stream.readIn);
      shown.set(stream.readIn, all);
      await expectManifest(feed, stream.readIn, all);
      await expectThere(feed, stream, stream.accepted);
    }
    for (const { readIn, following, held } of await Promise.all(pollers)) {
      const wanted = shown.get(readIn) ?? [];
      assert.deepEqual(held.map(keyOf), wanted.map(keyOf), `who follows ${following} in ${readIn}`);
    }
    feed.end();
    assert.equal(await server.terminate(), 0);
  },
);
