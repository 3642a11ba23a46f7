import type { MetricDefinition } from '../definition/metric-definition.js';
import type { RegistrySnapshot, SeriesBlock } from '../snapshot/snapshot.js';

/** A number in JSON. NaN and infinities are encoded as strings. */
type PortableNumber = number | string;

/** One exemplar: index of its count, value, time (Unix milliseconds), trace ID and span ID. */
type PortableExemplar = readonly [number, number, number, string, string];

/** Wire form of a {@link SeriesBlock}. */
interface PortableBlock {
  /**
   * Label values of each series. Absent, together with {@link PortableBlock.created}, {@link PortableBlock.names}
   * and {@link PortableBlock.bounds}, when unchanged since the previous message.
   */
  readonly labels?: readonly (readonly string[])[];
  readonly created?: readonly number[];
  /** Label names of the block, if they differ from those of the definition. */
  readonly names?: readonly string[];
  readonly bounds?: readonly number[];
  readonly values: readonly PortableNumber[];
  readonly updated?: readonly number[];
  readonly exemplars?: readonly PortableExemplar[];
}

/** Wire form of a metric. */
interface PortableMetric {
  readonly id: number;
  /** Absent when the receiver already has it. */
  readonly definition?: MetricDefinition;
  readonly blocks: readonly PortableBlock[];
}

/** Wire form of a snapshot: plain data that both JSON and structured clone can carry. */
export interface PortableSnapshot {
  /** Sequence number of the message. */
  readonly seq: number;
  /** Sequence number of the message that this one extends; 0 for a complete message. */
  readonly base: number;
  readonly takenAtMs: number;
  readonly metrics: readonly PortableMetric[];
}

interface Sent {
  readonly id: number;
  readonly labelSets: readonly SeriesBlock['labelSets'][];
}

/** Encodes snapshots for one receiver. Definitions and labels that the receiver already has are not sent again. */
export class SnapshotEncoder {
  #seq = 0;
  #ids = 0;
  #sent = new Map<MetricDefinition, Sent>();

  /** Sequence number of the last message; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Encodes a snapshot as the next message.
   *
   * @param known - Sequence number of the last message that the receiver has. @defaultValue 0, none
   */
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
  const names = block.labels && { names: block.labels };
  return {
    ...(!isKnown && { labels: labelSets, created: [...createdAtMs], bounds, ...names }),
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

/** Copies the known fields only; definitions of the application may hold values that cannot be serialised. */
function plain(definition: MetricDefinition): MetricDefinition {
  const { name, type, help, unit, labels, buckets, seriesLimit, otelName } = definition;
  const { aggregation, processWide, otelUnit, otelLabels } = definition;
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
    ...(otelUnit !== undefined && { otelUnit }),
    ...(otelLabels !== undefined && { otelLabels }),
  };
}
