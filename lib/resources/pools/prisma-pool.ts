import type { BackgroundPoolSource, PoolReading } from './pool-source.js';

/** A client of Prisma 4 to 6.13 with the preview feature `metrics`. */
export interface PrismaClientWithMetrics {
  /** Its metrics. */
  readonly $metrics: {
    /** All metrics now. */
    json(): Promise<PrismaMetrics>;
  };
}

/** Metrics of a Prisma client; the part that is used here. */
export interface PrismaMetrics {
  /** Numbers that only grow; some versions report open connections among them. */
  readonly counters: readonly PrismaMetric[];
  /** Numbers as they are now. */
  readonly gauges: readonly PrismaMetric[];
}

/** One metric of a Prisma client. */
export interface PrismaMetric {
  /** Its name. */
  readonly key: string;
  /** Its value. */
  readonly value: number;
}

/** Asks a Prisma client; `undefined` for anything else. A client is a proxy: it is only looked into when it is given by hand. */
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
