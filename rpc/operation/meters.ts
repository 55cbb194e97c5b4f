/** Meters as Prometheus reads them. Each registry stands alone: two nodes in one process know nothing of each other. */
import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';
import { Distribution, type Labels, type Meter, type Samples } from '../../node/ports/operation.ts';

type Value = { metricName?: string; labels: Record<string, string | number>; value: number };

/** A registry with what Node.js knows of this process: event loop, heap, collections, descriptors, processor. */
export function newRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Adds a meter. One that fails to be read is reported and left out of that answer, or it would hide all others. */
export function register(registry: Registry, meter: Meter, onTrouble: (meter: string, error: unknown) => void): void {
  const { name, help, type } = meter;
  const get = async (): Promise<object> => {
    const head = { name, help, type, aggregator: 'sum' };
    try {
      return { ...head, values: await valuesOf(meter) };
    } catch (error) {
      onTrouble(name, error);
      return { ...head, values: [] };
    }
  };
  // A registry asks no more of a metric than this.
  registry.registerMetric({ name, get } as unknown as Metric);
}

async function valuesOf(meter: Meter): Promise<Value[]> {
  if (meter.type === 'histogram') {
    const read = meter.read();
    const samples: Samples<Distribution> = read instanceof Distribution ? [[{}, read]] : read;
    return [...samples].flatMap(([labels, distribution]) => bucketsOf(meter.name, labels, distribution));
  }
  const read = await meter.read();
  const samples: Samples<number> = typeof read === 'number' ? [[{}, read]] : read;
  return [...samples].map(([labels, value]) => ({ labels, value }));
}

/** Prometheus wants each bucket to count all that is no larger. */
function bucketsOf(name: string, labels: Labels, distribution: Distribution): Value[] {
  const { ends, counts, sum } = distribution;
  let total = 0;
  const buckets = counts.map((count, i) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: ends[i] ?? '+Inf' }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
