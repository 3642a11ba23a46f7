import type { MetricDefinition } from '../definition/metric-definition.js';
import type { RegistrySnapshot, SeriesBlock } from '../snapshot/snapshot.js';

/** A number as JSON can hold it. */
type PortableNumber = number | string;

/** One exemplar: index of its count, value, time, trace and span. */
type PortableExemplar = readonly [number, number, number, string, string];

/** A {@link SeriesBlock} on its way to another process. */
interface PortableBlock {
  /** With {@link PortableBlock.created} and {@link PortableBlock.bounds}, absent when they are those of the message before. */
  readonly labels?: readonly (readonly string[])[];
  readonly created?: readonly number[];
  readonly bounds?: readonly number[];
  readonly values: readonly PortableNumber[];
  readonly updated?: readonly number[];
  readonly exemplars?: readonly PortableExemplar[];
}

/** A metric on its way to another process. */
interface PortableMetric {
  readonly id: number;
  /** Absent when the receiver has it. */
  readonly definition?: MetricDefinition;
  readonly blocks: readonly PortableBlock[];
}

/** A snapshot on its way to another process: plain data that JSON and the structured clone both carry. */
export interface PortableSnapshot {
  /** Number of the message. */
  readonly seq: number;
  /** Number of the message that it builds upon; 0 for none. */
  readonly base: number;
  readonly takenAtMs: number;
  readonly metrics: readonly PortableMetric[];
}

interface Sent {
  readonly id: number;
  readonly labelSets: readonly SeriesBlock['labelSets'][];
}

/** Writes snapshots for one receiver: what it knows already, definitions and labels above all, is not sent again. */
export class SnapshotEncoder {
  #seq = 0;
  #ids = 0;
  #sent = new Map<MetricDefinition, Sent>();

  /** Number of the last message, 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /** @param known - Number of the last message that the receiver has. @defaultValue it has none */
  encode({ takenAtMs, metrics }: RegistrySnapshot, known = 0): PortableSnapshot {
    const before = known === this.#seq ? this.#sent : new Map<MetricDefinition, Sent>();
    const base = before.size === 0 ? 0 : this.#seq;
    const sent = new Map<MetricDefinition, Sent>();
    const portable = metrics.map(({ definition, blocks }): PortableMetric => {
      const known = before.get(definition);
      const id = known?.id ?? ++this.#ids;
      sent.set(definition, { id, labelSets: blocks.map(({ labelSets }) => labelSets) });
      return {
        id,
        ...(known === undefined && { definition: plain(definition) }),
        blocks: blocks.map((it, i) => portableBlock(it, known?.labelSets[i] === it.labelSets)),
      };
    });
    this.#sent = sent;
    return { seq: ++this.#seq, base, takenAtMs, metrics: portable };
  }
}

function portableBlock(block: SeriesBlock, isKnown: boolean): PortableBlock {
  const { labelSets, createdAtMs, bounds, values, updatedAtMs, exemplars } = block;
  return {
    ...(!isKnown && { labels: labelSets, created: [...createdAtMs], bounds }),
    values: Array.from(values, (it) => (Number.isFinite(it) ? it : String(it))),
    ...(updatedAtMs && { updated: [...updatedAtMs] }),
    ...(exemplars && { exemplars: portableExemplars(exemplars) }),
  };
}

function portableExemplars(exemplars: NonNullable<SeriesBlock['exemplars']>): PortableExemplar[] {
  return exemplars.flatMap((it, i): PortableExemplar[] =>
    it === undefined ? [] : [[i, it.value, it.atMs, it.traceId, it.spanId]],
  );
}

/** What is written down; the application's own definitions may hold more than can be sent. */
function plain(definition: MetricDefinition): MetricDefinition {
  const { name, type, help, unit, labels, buckets, seriesLimit, otelName } = definition;
  const { aggregation, processWide } = definition;
  return {
    name,
    type,
    help,
    ...(unit !== undefined && { unit }),
    ...(labels !== undefined && { labels }),
    ...(buckets !== undefined && { buckets }),
    ...(seriesLimit !== undefined && { seriesLimit }),
    ...(aggregation !== undefined && { aggregation }),
    ...(processWide !== undefined && { processWide }),
    ...(otelName !== undefined && { otelName }),
  };
}
