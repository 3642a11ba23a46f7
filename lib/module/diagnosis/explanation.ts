import { nearestNames } from '../../options/nearest-names.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import type { Diagnosis, Explanation, MetricDiagnosis } from './diagnosis.js';
import { exportReasons } from './export-diagnosis.js';

const SUFFIX = /_(?:bucket|sum|count|created|total)$/;
const SPAN = /^(\S+)(?: (.+))?$/;

/** Explains one name based on a complete diagnosis. */
export function explain(diagnosis: Diagnosis, name: string): Explanation {
  return (
    explainMetric(diagnosis, name) ??
    explainSpan(diagnosis, name) ??
    explainHandler(diagnosis, name) ??
    explainUnknown(diagnosis, name)
  );
}

function explainMetric(diagnosis: Diagnosis, name: string): Explanation | undefined {
  const metric = findMetric(diagnosis.metrics, name);
  if (metric === undefined) return undefined;
  const appears = metric.series > 0;
  const exporting = appears ? exportReasons(diagnosis.exporters) : [];
  const reasons = [...metric.reasons, ...faultReasons(metric, diagnosis), ...exporting];
  return { name: metric.name, kind: 'metric', appears, reasons, suggestions: [] };
}

/** Describes the faults that a reason refers to: those of sources for progress, else those of collectors. */
function faultReasons({ reasons }: MetricDiagnosis, { faults }: Diagnosis): string[] {
  const reason = reasons.find((it) => it.includes('see faults'));
  if (reason === undefined) return [];
  const wanted = reason.includes('source') ? 'projection_sources' : 'collector';
  const own = faults.filter(({ component }) => component === wanted);
  return own.map(({ component, count, code, cause, remedy, lastError, lastAt }) => {
    const last = `${lastError}${lastAt === undefined ? '' : ` at ${lastAt}`}`;
    return `${code} in ${component}, ${count} times, last ${last}. ${cause} ${remedy}`;
  });
}

/** Finds a metric, also by the name of a sample or family: with `_bucket`, or without `_total`. */
function findMetric(
  metrics: readonly MetricDiagnosis[],
  name: string,
): MetricDiagnosis | undefined {
  const wanted = [name, `${name}_total`, name.replace(SUFFIX, '')];
  return wanted.map((it) => metrics.find((metric) => metric.name === it)).find(Boolean);
}

function explainSpan({ spans, handlers }: Diagnosis, name: string): Explanation | undefined {
  const [, kindName, handlerName] = SPAN.exec(name) ?? [];
  const kind = spans.kinds.find((it) => it.kind === kindName);
  if (kind === undefined) return undefined;
  const ofKind = handlers.filter((it) => it.kind === kindName && it.name !== undefined);
  const found = ofKind.filter((it) => it.name === handlerName);
  const isLost = handlerName !== undefined && kind.handlers !== undefined && found.length === 0;
  const hasNone = found.length > 0 && found.every((it) => kind.withoutSpan?.includes(it.method));
  const appears = spans.recording && !isLost && !hasNone;
  return {
    name,
    kind: 'span',
    appears,
    reasons: isLost
      ? [...kind.reasons, `No ${kindName} handler reports as ${handlerName}.`]
      : kind.reasons,
    suggestions: isLost
      ? nearestNames(
          name,
          ofKind.map((it) => `${it.kind} ${it.name}`),
        )
      : [],
  };
}

function explainHandler({ handlers }: Diagnosis, name: string): Explanation | undefined {
  const found = handlers.find((it) => it.name === name || it.method === name);
  if (found === undefined) return undefined;
  const { unbound } = found;
  const reasons =
    unbound === undefined ? [`It reports as ${found.kind} ${found.name}.`] : [unbound];
  return { name, kind: 'handler', appears: unbound === undefined, reasons, suggestions: [] };
}

function explainUnknown({ metrics, handlers }: Diagnosis, name: string): Explanation {
  const names = handlers.flatMap((it) => [it.method, ...(it.name === undefined ? [] : [it.name])]);
  const inNamespace = metrics.find((it) => it.name.replace(/^[a-z0-9]+_/, 'eventcore_') === name);
  return {
    name,
    kind: 'unknown',
    appears: false,
    reasons: ['No metric, span or handler of this application has that name.'],
    suggestions:
      inNamespace === undefined
        ? nearestNames(name, [...metrics.map((it) => it.name), ...names])
        : [inNamespace.name],
  };
}

/** Explains a family that the page derives from a metric; `undefined` for any other name. */
export function explainDerived(
  { exporter }: ObservabilityRuntime,
  diagnosis: Diagnosis,
  name: string,
): Explanation | undefined {
  if (diagnosis.metrics.some((it) => it.name === name)) return undefined;
  const source = exporter.sourceOf(name);
  if (source === undefined) return undefined;
  const explained = explain(diagnosis, source.metric);
  return { ...explained, name, reasons: [source.note, ...explained.reasons] };
}
