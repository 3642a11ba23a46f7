import { meterHints } from '../../integrations/otel-metrics/meter-slot.js';
import { copyHints, diagnoseCopies } from '../library-copies.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import { collectDiagnosisInputs, type DiagnosisInputs, methodOf } from './diagnosis-inputs.js';
import type { Diagnosis, Explanation, HandlerDiagnosis } from './diagnosis.js';
import { explain, explainDerived } from './explanation.js';
import { diagnoseExporters, diagnoseFaults } from './export-diagnosis.js';
import { cardinalityHints, diagnoseMetrics } from './metric-diagnosis.js';
import { missingParts } from './missing-parts.js';
import { diagnoseSpans } from './span-diagnosis.js';

const NAME_LIMIT = 200;

/** Diagnoses metrics and spans. It never throws: a part that fails is empty. */
export class Diagnostics {
  readonly #runtime: ObservabilityRuntime;

  constructor(runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /** Returns the complete diagnosis. */
  diagnose(): Diagnosis {
    const runtime = this.#runtime;
    const inputs = this.#attempt(() => collectDiagnosisInputs(runtime), {
      runtime,
      handlers: [],
      unbound: [],
    });
    const { used, limit } = runtime.registry.cardinality.budget;
    const metrics = this.#attempt(() => diagnoseMetrics(inputs), []);
    const noSpans = { recording: false, exporters: [], kinds: [] };
    return {
      enabled: runtime.enabled,
      metrics,
      series: { used, limit },
      exporters: this.#attempt(() => diagnoseExporters(inputs), []),
      endpoints: [...runtime.endpoints],
      spans: this.#attempt(() => diagnoseSpans(inputs), noSpans),
      handlers: this.#attempt(() => handlersOf(inputs), []),
      faults: this.#attempt(() => diagnoseFaults(inputs, metrics), []),
      copies: diagnoseCopies(),
      hints: this.#attempt(
        () => [
          ...runtime.fileHints,
          ...cardinalityHints(inputs),
          ...meterHints(runtime.registry),
          ...handlerHints(runtime),
          ...strayHints(runtime),
          ...copyHints(),
          ...missingParts(runtime),
        ],
        [],
      ),
    };
  }

  /** Explains one metric, span or handler. */
  explain(name: string): Explanation {
    const text = this.#attempt(() => String(name).slice(0, NAME_LIMIT), '');
    const unknown = { name: text, kind: 'unknown', appears: false } as const;
    return this.#attempt(() => this.#explain(text), {
      ...unknown,
      reasons: [],
      suggestions: [],
    });
  }

  #explain(name: string): Explanation {
    const diagnosis = this.diagnose();
    return explainDerived(this.#runtime, diagnosis, name) ?? explain(diagnosis, name);
  }

  #attempt<T>(diagnose: () => T, otherwise: T): T {
    try {
      return diagnose();
    } catch (error) {
      this.#runtime.faults.report('diagnosis', error);
      return otherwise;
    }
  }
}

function strayHints({ tracing }: ObservabilityRuntime): string[] {
  return [...(tracing?.strays?.() ?? [])].map(
    ([span, count]) =>
      `${count} spans "${span}" began after their parent had ended, several under the same one. Behind concatMap or mergeMap of rxjs it is the span of ` +
      'another event: use the operators of pipelines().',
  );
}

function handlerHints({ instrumentation }: ObservabilityRuntime): string[] {
  return [...instrumentation.unobservable].map(
    ([method, reason]) =>
      `${method}: a function in place of the decorated method is not observed, because ${reason}. ` +
      'Make it a method, or do not freeze it.',
  );
}

function handlersOf({ handlers, unbound }: DiagnosisInputs): HandlerDiagnosis[] {
  const bound = handlers.map((it) => ({ kind: it.kind.name, method: methodOf(it), name: it.name }));
  return [...bound, ...unbound];
}
