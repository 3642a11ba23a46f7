import type { InjectionToken } from '@nestjs/common';
import type { ObservabilityPlugin } from '../../plugins/plugin.js';
import type { MetricsExporter } from './metrics-exporter.js';

/** A plugin with a provider that exports the metrics of the application, beside those of the option `exporters`. */
export interface ExportingPlugin extends ObservabilityPlugin {
  readonly exporter: InjectionToken<MetricsExporter>;
}

/** Returns true for a plugin that exports metrics. */
export function exportsMetrics(plugin: ObservabilityPlugin): plugin is ExportingPlugin {
  return 'exporter' in plugin;
}
