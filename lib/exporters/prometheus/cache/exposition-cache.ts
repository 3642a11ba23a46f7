import type { Clock } from '../../../kernel/clock.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import {
  labelNamesOf,
  type MetricSnapshot,
  type RegistrySnapshot,
} from '../../../metrics/snapshot/snapshot.js';
import type { ExpositionFormat, MetricLayout } from '../format/exposition-format.js';
import { formatLabelNames, type Labels, lineNames } from '../format/sample.format.js';
import { BlockCache } from './block-cache.js';
import { type BlockWriting, ScratchBuffers } from './chunk-cache.js';
import type { ChunkedBody, YieldBudget } from './chunked-body.js';

interface CachedMetric {
  readonly header: string;
  readonly createdName: string | undefined;
  readonly blocks: BlockCache[];
}

/** Dependencies of a rendering. */
export interface Rendering {
  readonly pieces: ChunkedBody;
  readonly share: YieldBudget;
  isTaken(name: string): boolean;
}

/**
 * Text of all metrics in one format, cached between scrapes. It takes about the size of the text
 * plus 16 bytes per line.
 */
export class ExpositionCache {
  readonly #format: ExpositionFormat;
  readonly #globalLabels: Labels;
  readonly #workspace = new ScratchBuffers();
  #metrics = new Map<MetricDefinition, CachedMetric>();

  constructor(format: ExpositionFormat, globalLabels: Labels) {
    this.#format = format;
    this.#globalLabels = globalLabels;
  }

  /** Writes a snapshot. Calls must not overlap. */
  async write({ metrics }: RegistrySnapshot, rendering: Rendering): Promise<void> {
    const { pieces, share } = rendering;
    const before = this.#metrics;
    this.#metrics = new Map();
    for (const metric of metrics) {
      const { definition, blocks } = metric;
      const layout = this.#format.layoutOf(definition, (name) => rendering.isTaken(name));
      const kept = this.#keep(metric, layout, before.get(definition));
      this.#metrics.set(definition, kept);
      if (blocks.every(({ labelSets }) => labelSets.length === 0)) continue;
      pieces.addText(kept.header);
      for (const [i, block] of blocks.entries()) {
        for (const bytes of (kept.blocks[i] as BlockCache).write(block)) {
          pieces.add(bytes);
          if (share.isOver) await share.yield();
        }
      }
    }
  }

  #keep(
    metric: MetricSnapshot,
    layout: MetricLayout,
    known: CachedMetric | undefined,
  ): CachedMetric {
    const { definition, blocks } = metric;
    const header = this.#format.formatHeader(layout.header);
    const { createdName } = layout;
    const kept: CachedMetric =
      known?.header === header && known.createdName === createdName
        ? known
        : { header, createdName, blocks: [] };
    if (kept.blocks.length === blocks.length) return kept;
    for (const block of blocks.slice(kept.blocks.length)) {
      const writing: BlockWriting = {
        names: lineNames(block, layout, this.#format),
        labelsOf: formatLabelNames(labelNamesOf(definition, block), this.#globalLabels),
        hasExemplars: this.#format.hasExemplars,
        workspace: this.#workspace,
      };
      kept.blocks.push(new BlockCache(writing));
    }
    return kept;
  }
}

const UNUSED_AFTER_MS = 10 * 60_000;

interface CachedExposition {
  readonly text: ExpositionCache;
  usedMs: number;
}

/** Cached text of each scraped format. A format that has not been scraped for ten minutes is evicted. */
export class ExpositionCaches {
  readonly #clock: Clock;
  readonly #globalLabels: Labels;
  readonly #byFormat = new Map<ExpositionFormat, CachedExposition>();

  constructor(clock: Clock, globalLabels: Labels) {
    this.#clock = clock;
    this.#globalLabels = globalLabels;
  }

  /** Returns the cache of a format. */
  of(format: ExpositionFormat): ExpositionCache {
    const nowMs = this.#clock.monotonicMs();
    for (const [other, { usedMs }] of this.#byFormat) {
      if (other !== format && nowMs - usedMs > UNUSED_AFTER_MS) this.#byFormat.delete(other);
    }
    const kept = this.#byFormat.get(format) ?? {
      text: new ExpositionCache(format, this.#globalLabels),
      usedMs: nowMs,
    };
    kept.usedMs = nowMs;
    this.#byFormat.set(format, kept);
    return kept.text;
  }
}
