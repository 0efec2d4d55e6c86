import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createMergedMetrics, type Snapshot } from '../../../server/ops/metrics-merge.ts';

interface FakeProcess {
  readonly requests: Counter;
  readonly times: Histogram;
  readonly memory: Gauge;
  snapshot(): Promise<Snapshot>;
}

function createProcess(): FakeProcess {
  const registry = new Registry();
  const registers = [registry];
  return {
    requests: new Counter({ name: 'requests_total', help: 'x', labelNames: ['status'], registers }),
    times: new Histogram({ name: 'seconds', help: 'x', buckets: [1, 2], registers }),
    memory: new Gauge({ name: 'memory', help: 'x', registers }),
    // As it comes out of the channel between processes.
    snapshot: async () => parseSnapshot(JSON.stringify(await registry.getMetricsAsJSON())),
  };
}

function parseSnapshot(text: string): Snapshot {
  return JSON.parse(text) as Snapshot;
}

function valueOf(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

describe('the metrics of several processes', () => {
  test('are summed', async () => {
    const merged = createMergedMetrics();
    const [one, two] = [createProcess(), createProcess()];
    one.requests.inc({ status: '200' }, 3);
    two.requests.inc({ status: '200' }, 4);
    two.requests.inc({ status: '404' }, 1);
    one.times.observe(0.5);
    two.times.observe(1.5);
    one.memory.set(10);
    two.memory.set(20);
    merged.see(1, await one.snapshot());
    merged.see(2, await two.snapshot());
    const text = await merged.toText([]);
    assert.equal(valueOf(text, 'requests_total{status="200"}'), 7);
    assert.equal(valueOf(text, 'requests_total{status="404"}'), 1);
    assert.equal(valueOf(text, 'seconds_count'), 2);
    assert.equal(valueOf(text, 'seconds_sum'), 2);
    assert.equal(valueOf(text, 'seconds_bucket{le="1"}'), 1);
    assert.equal(valueOf(text, 'memory'), 30);
  });

  test('never fall in sum when a process ends or says nothing, and what it was is no more', async () => {
    const merged = createMergedMetrics();
    let life = 0;
    for (let round = 1; round <= 5; round += 1) {
      const process = createProcess();
      process.requests.inc({ status: '200' }, 2);
      process.times.observe(0.5);
      process.memory.set(10);
      life += 1;
      merged.see(life, await process.snapshot());
      const text = await merged.toText([]);
      assert.equal(valueOf(text, 'requests_total{status="200"}'), 2 * round);
      assert.equal(valueOf(text, 'seconds_bucket{le="+Inf"}'), round);
      assert.equal(valueOf(text, 'memory'), 10);
      merged.bury(life);
      const after = await merged.toText([]);
      assert.equal(valueOf(after, 'requests_total{status="200"}'), 2 * round);
      assert.equal(valueOf(after, 'memory'), undefined);
    }
    merged.bury(99);
  });

  test('that end at the same time are all kept', async () => {
    const merged = createMergedMetrics();
    for (let life = 1; life <= 4; life += 1) {
      const process = createProcess();
      process.requests.inc({ status: '200' }, life);
      merged.see(life, await process.snapshot());
    }
    for (let life = 1; life <= 4; life += 1) merged.bury(life);
    assert.equal(valueOf(await merged.toText([]), 'requests_total{status="200"}'), 10);
  });
});
