import type { DynamicModule } from '@nestjs/common';
import type { AlertName } from '../../../lib/alerting/index.js';
import { ObservabilityModule } from '../../../lib/index.js';
import type { Fault } from '../../e2e/alerting/alert-drill.js';

/** Fault of the drill. */
export interface DrillFault extends Fault {
  readonly alerts: readonly AlertName[];
}

/** An application that runs, and that can be broken and mended. */
export interface RunningDrill {
  /** Addresses that are scraped, `host:port`. */
  readonly targets: readonly string[];
  /** @defaultValue that of all jobs */
  readonly scrapeMs?: number;
  /** Steps that follow each other. The faults of one step happen at once; those of a list within it in turn. */
  readonly steps: readonly (readonly (DrillFault | readonly DrillFault[])[])[];
  stop(): unknown;
}

/** An application that is drilled as a job of Prometheus. */
export interface DrilledApplication {
  readonly job: string;
  readonly alerts: readonly AlertName[];
  start(): Promise<RunningDrill>;
}

/**
 * Returns the module of an application that shares the process of the drill. Outbound requests are those of the whole
 * process, which also asks Prometheus before it answers.
 */
export function observability(
  options: Parameters<typeof ObservabilityModule.forRoot>[0] = {},
): DynamicModule {
  return ObservabilityModule.forRoot({ outbound: false, ...options });
}

/** Repeats work that may fail until it is stopped. */
export function repeat(everyMs: number, work: () => unknown): () => void {
  const timer = setInterval(() => {
    void (async () => work())().catch(() => undefined);
  }, everyMs);
  return () => clearInterval(timer);
}

/** Returns the host and port of an address. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
