import type { Clock } from '../../../../lib/kernel/clock.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import type { HandlerObserver } from '../../../../lib/kernel/observer.js';
import { ErrorMetrics } from '../../../../lib/metrics/recorders/error-metrics.js';
import { MetricRegistry } from '../../../../lib/metrics/registry.js';
import { ProjectionRecorder } from '../../../../lib/projections/projection-recorder.js';
import { Projections } from '../../../../lib/projections/projections.js';
import type { Setting } from './history.js';
import type { Store } from './store.js';
import { projectionKind } from '../../../../lib/kinds/projection.decorator.js';

export const PERIOD_MS = 5_000;
export const STALLED_AFTER_MS = 60_000;
export const IDLE_AFTER_MS = 30_000;

/** A process that has the projection, with everything that the library is made of but Nest. */
export class Process {
  readonly projections: Projections;
  readonly recorder: ProjectionRecorder;
  readonly handler: HandlerObserver;
  readonly #registry: MetricRegistry;
  readonly faults: string[] = [];

  constructor(store: Store, setting: Setting, clock: Clock, owner: () => boolean) {
    const { head, commit, declared, filtered } = setting;
    const faults = new Faults(clock);
    faults.connect({ count: (it) => this.faults.push(it), log: () => undefined });
    const naming = { namespace: 'eventcore' };
    this.#registry = new MetricRegistry({ clock, faults, seriesLimit: 1000 });
    const errors = new ErrorMetrics(this.#registry, clock, naming);
    const metrics = projectionKind.measure({ registry: this.#registry, errors, naming, clock });
    this.projections = new Projections({
      ...{ registry: this.#registry, naming, metrics, clock, faults },
      ...{ periodMs: PERIOD_MS, timeoutMs: 3_000, enabled: true },
      timers: { after: () => () => undefined },
    });
    this.handler = this.projections.bind({ kind: projectionKind, name: 'p', labels: {} });
    this.recorder = new ProjectionRecorder(this.projections, 'p');
    this.recorder.observe({
      ...(head !== 'none' && { head: store }),
      // One object is both when it reads checkpoints with heads.
      ...(commit === 'source' && { checkpoint: store }),
      ...(commit === 'source' &&
        head !== 'combined' && { checkpoint: { read: (it) => store.read(it) } }),
      ...(declared && { partitions: store.names }),
      ...(filtered && { filter: { eventTypes: ['Matching'] } }),
      stalledAfterMs: STALLED_AFTER_MS,
      idleAfterMs: IDLE_AFTER_MS,
      owner,
    });
  }

  /** The published numbers of the projection, by the name of the metric and its other labels; absent ones are not there. */
  published(): Record<string, number> {
    const values: Record<string, number> = {};
    for (const { definition, blocks } of this.#registry.snapshot().metrics) {
      if (!isCompared(definition.name)) continue;
      for (const { labelSets, values: numbers, stride } of blocks) {
        for (const [i, labels] of labelSets.entries()) {
          const own = numbers.subarray(i * stride, (i + 1) * stride);
          values[keyOf(definition.name, labels)] =
            definition.type === 'histogram' ? sum(own.subarray(0, -1)) : (own[0] as number);
        }
      }
    }
    return values;
  }
}

const irrelevant =
  /^eventcore_projection_(duration_seconds|retries_total|dead_lettered_total|events_skipped_total)/;
const compared = new Map<string, boolean>();

function isCompared(name: string): boolean {
  const known = compared.get(name);
  if (known !== undefined) return known;
  const is = name.startsWith('eventcore_projection') && !irrelevant.test(name);
  compared.set(name, is);
  return is;
}

/** `state live` of `eventcore_projection_state{projection_name="p",state="live"}`. */
function keyOf(name: string, labels: readonly string[]): string {
  return [name.replace(/^eventcore_projections?_/, ''), ...labels.slice(1)].join(' ');
}

function sum(numbers: Readonly<Float64Array>): number {
  return numbers.reduce((total, it) => total + it, 0);
}
