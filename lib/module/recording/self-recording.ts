import { Logger } from '@nestjs/common';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { libraryVersion } from '../../kernel/library.js';
import type { CatalogueNaming } from '../../metrics/recorders/catalogue-instruments.js';
import { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { DebugLog } from '../diagnosis/debug-log.js';

interface SelfRecordingDeps {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly debug: DebugLog | undefined;
}

/** Creates the metrics about the library itself, which count its faults from now on. */
export function connectSelfMetrics(
  { registry, clock, faults, debug }: SelfRecordingDeps,
  naming: CatalogueNaming,
): SelfMetrics {
  const logger = new Logger('Observability');
  const self = new SelfMetrics(registry, naming, {
    versions: { version: libraryVersion, node_version: process.version },
    warn: (message) => logger.warn(message),
    wallMs: () => clock.wallMs(),
    debug,
  });
  faults.connect(self);
  return self;
}
