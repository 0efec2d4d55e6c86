import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client';

/** The metrics of one process as it hands them to another: what `Registry.getMetricsAsJSON` gives. */
export type Snapshot = readonly object[];

/** The metrics of all processes of a server as one. */
export interface MergedMetrics {
  /** Notes what a process has counted so far. @param life names the process; one that takes its place has another */
  see(life: number, snapshot: Snapshot): void;
  /** The process is gone. What it had counted when it was seen last still counts, or sums would fall. */
  bury(life: number): void;
  /** The sum of all processes in the text format of Prometheus. @param own what the asking process says itself */
  toText(own: Snapshot): Promise<string>;
}

export function createMergedMetrics(): MergedMetrics {
  const living = new Map<number, Snapshot>();
  let dead: Snapshot = [];
  // Burials come one after the other, also when the first has not ended.
  let burying: Promise<void> = Promise.resolve();

  return {
    see(life, snapshot) {
      living.set(life, snapshot);
    },
    bury(life) {
      const last = living.get(life);
      if (!last) return;
      burying = burying.then(async () => {
        dead = await aggregate([dead, last.filter(isCounted)]).getMetricsAsJSON();
        living.delete(life);
      });
    },
    async toText(own) {
      await burying;
      return aggregate([own, ...living.values(), dead]).metrics();
    },
  };
}

function aggregate(snapshots: readonly Snapshot[]): Registry {
  return AggregatorRegistry.aggregate<PrometheusContentType>([...snapshots]);
}

/** What only rises; the rest says how a process is, and a dead one is not. */
function isCounted(metric: object): boolean {
  return 'type' in metric && (metric.type === 'counter' || metric.type === 'histogram');
}
