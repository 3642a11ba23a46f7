import { type ReportedCode, reportedCodes } from '../../kernel/errors/fault-classification.js';
import type { ExporterDiagnosis, FaultDiagnosis, MetricDiagnosis } from './diagnosis.js';
import type { DiagnosisInputs } from './diagnosis-inputs.js';

/** Returns the diagnoses of all exporters. */
export function diagnoseExporters({ runtime }: DiagnosisInputs): ExporterDiagnosis[] {
  const lastErrors = new Map(
    runtime.faults.records().map(({ component, lastError }) => [component, lastError] as const),
  );
  const records = new Map(runtime.self.exports.list());
  if (runtime.extras.prometheus !== false && !records.has('prometheus'))
    records.set('prometheus', { successes: 0, failures: 0 });
  return [...records].map(([name, { successes, failures, lastSuccessMs, lastFailureMs }]) => {
    const lastError = lastErrors.get(name);
    return {
      name,
      successes,
      failures,
      ...(lastSuccessMs !== undefined && { lastSuccessAt: dateOf(lastSuccessMs) }),
      ...(lastFailureMs !== undefined && { lastFailureAt: dateOf(lastFailureMs) }),
      ...(failures > 0 && lastError !== undefined && { lastError }),
    };
  });
}

/** Returns reasons why recorded values may not have left the process. */
export function exportReasons(exporters: readonly ExporterDiagnosis[]): string[] {
  return exporters.flatMap(({ name, successes, failures, lastError, ...last }) => {
    const isFailing =
      last.lastFailureAt !== undefined && last.lastFailureAt >= (last.lastSuccessAt ?? '');
    if (isFailing && failures > 0)
      return [`The last export to ${name} failed${lastError ? `: ${lastError}` : ''}.`];
    if (successes > 0) return [];
    return [
      name === 'prometheus'
        ? 'Nobody has scraped the metrics endpoint yet.'
        : `${name} has not exported yet: it does so at its interval.`,
    ];
  });
}

/** Returns the faults inside the library, with those that are counted elsewhere. */
export function diagnoseFaults(
  { runtime }: DiagnosisInputs,
  metrics: readonly MetricDiagnosis[],
): FaultDiagnosis[] {
  const reported = runtime.faults
    .records()
    .map(({ component, code, count, lastError, lastMs }) =>
      described(code, { component, count, lastError, lastAt: dateOf(lastMs) }),
    );
  const exports = new Map(runtime.self.exports.list());
  const lost = (runtime.telemetry?.exporters() ?? [])
    .filter(({ failed, dropped }) => failed + dropped > 0)
    .map(({ exporter, failed, dropped }) => {
      const lastMs = exports.get(exporter)?.lastFailureMs;
      const lastError = `${exporter}: ${failed} spans failed, ${dropped} dropped`;
      const when = lastMs === undefined ? {} : { lastAt: dateOf(lastMs) };
      const fault = { component: 'span_export', count: failed + dropped, lastError, ...when };
      return described('OBS_SPAN_EXPORT_FAILED', fault);
    });
  const folded = metrics
    .filter((it) => it.folded > 0)
    .map(({ name, folded: count }) =>
      described('OBS_SERIES_LIMIT', { component: 'cardinality', count, lastError: name }),
    );
  return [...reported, ...lost, ...folded];
}

function described(
  code: ReportedCode,
  fault: Omit<FaultDiagnosis, 'code' | 'cause' | 'remedy'>,
): FaultDiagnosis {
  const { cause, remedy } = reportedCodes[code];
  return { ...fault, code, cause, remedy };
}

function dateOf(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}
