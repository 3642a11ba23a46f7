import type { ExporterDiagnosis, FaultDiagnosis } from './diagnosis.js';
import type { DiagnosisInputs } from './diagnosis-inputs.js';

/** Returns the diagnoses of all exporters. */
export function diagnoseExporters({ runtime }: DiagnosisInputs): ExporterDiagnosis[] {
  const faults = runtime.faults.records();
  const records = new Map(runtime.self.exports.list());
  if (runtime.extras.prometheus !== false && !records.has('prometheus'))
    records.set('prometheus', { successes: 0, failures: 0 });
  return [...records].map(([name, { successes, failures, lastSuccessMs, lastFailureMs }]) => {
    const lastError = faults.get(name)?.lastError;
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

/** Returns the faults inside the library. */
export function diagnoseFaults({ runtime }: DiagnosisInputs): FaultDiagnosis[] {
  return [...runtime.faults.records()].map(([component, { count, lastError, lastMs }]) => ({
    component,
    count,
    lastError,
    lastAt: dateOf(lastMs),
  }));
}

function dateOf(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
}
