import { Counter, Gauge, type Registry } from 'prom-client';

/** How the worker processes of a server are. */
export interface WorkerCounts {
  readonly listening: number;
  readonly restarts: number;
}

/** Adds what the main process knows of its workers to its registry. */
export function addWorkersMetrics(registry: Registry, read: () => WorkerCounts): void {
  const registers = [registry];
  new Gauge({
    name: 'pollwatch_workers',
    help: 'Worker processes that serve.',
    registers,
    collect() {
      this.set(read().listening);
    },
  });
  new Counter({
    name: 'pollwatch_worker_restarts_total',
    help: 'Worker processes that were started in the place of one that ended.',
    registers,
    collect() {
      this.reset();
      this.inc(read().restarts);
    },
  });
}
