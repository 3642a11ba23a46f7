import type { OperationInfo, TracingObserver } from '../../../../lib/kernel/call-tracer.js';
import { EventStoreInstrumentation } from '../../../../lib/integrations/event-store/event-store-instrumentation.js';
import { ErrorClassifier } from '../../../../lib/kernel/errors/error-classification.js';
import { Faults } from '../../../../lib/kernel/faults.js';
import { ErrorMetrics } from '../../../../lib/metrics/recorders/error-metrics.js';
import { EventStoreMetrics } from '../../../../lib/metrics/recorders/event-store-metrics.js';
import { MetricRegistry } from '../../../../lib/metrics/registry.js';
import { ManualClock } from '../../../../lib/testing/index.js';

/** The event stores of an application of a test, and what they recorded. */
export class RecordedStores {
  readonly clock = new ManualClock();
  readonly faults: string[] = [];
  readonly followed: OperationInfo[] = [];
  readonly instrumentation: EventStoreInstrumentation;
  readonly #registry: MetricRegistry;

  constructor(carry: TracingObserver['carry'] = (metadata) => metadata) {
    const faults = new Faults(this.clock);
    const { clock } = this;
    faults.connect({ count: (it) => this.faults.push(it), log: () => undefined });
    this.#registry = new MetricRegistry({ clock, faults, seriesLimit: 100 });
    const naming = { namespace: 'eventcore' };
    const errors = new ErrorMetrics(this.#registry, clock, naming);
    const metrics = new EventStoreMetrics(this.#registry, errors, naming);
    const classifier = new ErrorClassifier({}, () => false, faults);
    const tracing: TracingObserver = {
      bind: () => ({ isActive: () => false, follow: () => undefined }),
      followOperation: (operation) => void this.followed.push(operation),
      carry,
      published: () => undefined,
      deliver: (_message, work) => work(),
    };
    const context = { clock, classifier, faults };
    const reporting = { observer: metrics, context, tracing };
    this.instrumentation = new EventStoreInstrumentation({
      reporting: () => reporting,
      metrics,
      faults,
    });
  }

  /** The series of a metric that are not 0, by their label values; of a histogram the sum. */
  of(metric: string): Record<string, number> {
    const { metrics } = this.#registry.snapshot();
    const blocks = metrics.find((it) => it.definition.name === `eventcore_${metric}`)?.blocks;
    const entries = (blocks ?? []).flatMap(({ labelSets, values, stride }) =>
      labelSets.map((labels, i) => [labels.join(' '), values[(i + 1) * stride - 1] ?? 0] as const),
    );
    return Object.fromEntries(entries.filter(([, value]) => value !== 0));
  }

  get operations(): Record<string, number> {
    return this.of('event_store_operations_total');
  }
}
