import type { BackgroundPoolSource, PoolReading } from './pool-source.js';

/** Client of Prisma 4 to 6.13 with the preview feature `metrics`. */
export interface PrismaClientWithMetrics {
  /** Metrics of the client. */
  readonly $metrics: {
    /** Returns all current metrics. */
    json(): Promise<PrismaMetrics>;
  };
}

/** Fields of the Prisma metrics that this library reads. */
export interface PrismaMetrics {
  /** Counters; some versions report open connections here. */
  readonly counters: readonly PrismaMetric[];
  /** Gauges. */
  readonly gauges: readonly PrismaMetric[];
}

/** One metric of a Prisma client. */
export interface PrismaMetric {
  /** Metric name. */
  readonly key: string;
  /** Metric value. */
  readonly value: number;
}

/**
 * Returns a source for a Prisma client; `undefined` for any other value. A client is a proxy, so only explicitly
 * registered instances are inspected.
 */
export function prismaPoolSource(instance: object): BackgroundPoolSource | undefined {
  if (!('$metrics' in instance)) return undefined;
  const client = instance as PrismaClientWithMetrics;
  return { observe: async () => readingOf(await client.$metrics.json()) };
}

// Source: https://www.prisma.io/docs/orm/v6/prisma-client/observability-and-logging/metrics
function readingOf({ counters, gauges }: PrismaMetrics): PoolReading | undefined {
  const values = new Map([...counters, ...gauges].map(({ key, value }) => [key, value]));
  const size = values.get('prisma_pool_connections_open');
  const available = values.get('prisma_pool_connections_idle');
  if (size === undefined || available === undefined) return undefined;
  return { size, available, pending: values.get('prisma_client_queries_wait') };
}
