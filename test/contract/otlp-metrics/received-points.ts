/** One point as it arrived, the same for every protocol. */
export interface ReceivedPoint {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram' | 'exponentialHistogram';
  /** 1 delta, 2 cumulative; a gauge has none. */
  readonly temporality: number | undefined;
  readonly isMonotonic: boolean | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startNano: bigint;
  readonly endNano: bigint;
  /** Of a counter or gauge. */
  readonly value: number;
  /** Of a histogram, one more than bounds. */
  readonly counts: readonly number[];
  readonly bounds: readonly number[];
  readonly count: number;
  readonly sum: number;
  /** Of an exponential histogram. */
  readonly exponential: ExponentialPoint | undefined;
  readonly exemplars: readonly Readonly<Record<string, unknown>>[];
  readonly scope: { readonly name?: string; readonly version?: string };
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Exponential buckets as they arrived. */
interface ExponentialPoint {
  readonly scale: number;
  readonly zeroCount: number;
  /** Counts by index, of buckets that have any. */
  readonly positive: Readonly<Record<number, number>>;
  readonly negative: Readonly<Record<number, number>>;
}

interface Pair {
  readonly key: string;
  readonly value?: Readonly<Record<string, unknown>>;
}

interface WirePoint {
  readonly attributes?: readonly Pair[];
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asDouble?: number | string;
  readonly asInt?: string;
  readonly count?: string | number;
  readonly sum?: number;
  readonly bucketCounts?: readonly (string | number)[];
  readonly explicitBounds?: readonly number[];
  readonly exemplars?: readonly Readonly<Record<string, unknown>>[];
  readonly scale?: number;
  readonly zeroCount?: string | number;
  readonly positive?: WireBuckets;
  readonly negative?: WireBuckets;
}

interface WireBuckets {
  readonly offset?: number;
  readonly bucketCounts?: readonly (string | number)[];
}

interface WireData {
  readonly dataPoints?: readonly WirePoint[];
  readonly aggregationTemporality?: number;
  readonly isMonotonic?: boolean;
}

interface WireMetric {
  readonly name: string;
  readonly description?: string;
  readonly unit?: string;
  readonly gauge?: WireData;
  readonly sum?: WireData;
  readonly histogram?: WireData;
  readonly exponentialHistogram?: WireData;
}

interface WireRequest {
  readonly resourceMetrics?: readonly {
    readonly resource?: { readonly attributes?: readonly Pair[] };
    readonly scopeMetrics?: readonly {
      readonly scope?: { readonly name?: string; readonly version?: string };
      readonly metrics?: readonly WireMetric[];
    }[];
  }[];
}

/** Every point of a request. */
export function pointsOf(request: unknown): ReceivedPoint[] {
  return ((request as WireRequest).resourceMetrics ?? []).flatMap(
    ({ resource, scopeMetrics = [] }) =>
      scopeMetrics.flatMap(({ scope = {}, metrics = [] }) =>
        metrics.flatMap((it) =>
          pointsOfMetric(it).map((point) => ({
            ...point,
            scope,
            resource: attributesOf(resource?.attributes),
          })),
        ),
      ),
  );
}

function pointsOfMetric(metric: WireMetric): Omit<ReceivedPoint, 'scope' | 'resource'>[] {
  const kind = (['sum', 'gauge', 'histogram', 'exponentialHistogram'] as const).find(
    (it) => metric[it] !== undefined,
  )!;
  const data = metric[kind] ?? {};
  return (data.dataPoints ?? []).map((it) => ({
    name: metric.name,
    description: metric.description ?? '',
    unit: metric.unit ?? '',
    kind,
    temporality: data.aggregationTemporality,
    isMonotonic: data.isMonotonic,
    attributes: attributesOf(it.attributes),
    startNano: BigInt(it.startTimeUnixNano ?? 0),
    endNano: BigInt(it.timeUnixNano ?? 0),
    value: Number(it.asDouble ?? it.asInt ?? 0),
    counts: (it.bucketCounts ?? []).map(Number),
    bounds: it.explicitBounds ?? [],
    count: Number(it.count ?? 0),
    sum: it.sum ?? 0,
    exponential: kind === 'exponentialHistogram' ? exponentialOf(it) : undefined,
    exemplars: it.exemplars ?? [],
  }));
}

function exponentialOf({
  scale = 0,
  zeroCount = 0,
  positive,
  negative,
}: WirePoint): ExponentialPoint {
  return {
    scale,
    zeroCount: Number(zeroCount),
    positive: countsByIndex(positive),
    negative: countsByIndex(negative),
  };
}

function countsByIndex({ offset = 0, bucketCounts = [] }: WireBuckets = {}): Record<
  number,
  number
> {
  return Object.fromEntries(
    bucketCounts.flatMap((it, i) => (Number(it) === 0 ? [] : [[offset + i, Number(it)]])),
  );
}

function attributesOf(pairs: readonly Pair[] = []): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map(({ key, value = {} }) => {
      const [type, it] = Object.entries(value)[0] ?? [];
      return [key, type === 'intValue' ? Number(it) : it];
    }),
  );
}
