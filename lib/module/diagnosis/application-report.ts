import type { FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { HealthChecks } from '../../health/health-checks.js';
import {
  APPLICATION_REPORT,
  type ApplicationReport,
  type ReportedCheck,
  type ReportedFinding,
} from '../../kernel/ports/application-report.js';
import { currentProvider } from '../current-provider.js';
import { applicationVersion } from '../endpoints/application-version.js';
import { ObservabilityRuntime } from '../observability-runtime.js';
import { Diagnostics } from './diagnostics.js';

/** Gives plugins what `diagnose()` finds. */
export const applicationReport: FactoryProvider<ApplicationReport> = {
  provide: APPLICATION_REPORT,
  inject: [ObservabilityRuntime, ModulesContainer],
  useFactory: (runtime: ObservabilityRuntime, modules: ModulesContainer) => ({
    version: runtime.options.serviceVersion ?? applicationVersion(),
    findings: () => findingsOf(new Diagnostics(runtime)),
    checks: () => checksOf(currentProvider(modules, HealthChecks)),
  }),
};

async function checksOf(checks: HealthChecks | undefined): Promise<ReportedCheck[]> {
  return await Promise.all(
    (checks?.members(undefined) ?? []).map(async (it) => {
      const { level, details, changedMs } = await it.read();
      const { name, critical = true } = it.definition;
      return { name, level, critical, details, changedMs };
    }),
  );
}

function findingsOf(diagnostics: Diagnostics): ReportedFinding[] {
  const { hints, faults, exporters } = diagnostics.diagnose();
  return [
    ...hints.map((text) => ({ text, about: 'hint' })),
    ...faults.map(({ component, code, cause, remedy, count, lastError }) => ({
      text: `${count} × ${lastError}. ${cause} ${remedy}`,
      about: `${component} ${code}`,
    })),
    ...exporters
      .filter(({ failures, lastError }) => failures > 0 && lastError !== undefined)
      .map(({ name, failures, lastError }) => ({
        text: `${failures} exports failed, the last with ${lastError}.`,
        about: `exporter ${name}`,
      })),
  ];
}
