import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from '../module/options/observability-options.js';
import { subjectOf } from '../options/option-path.js';
import { telemetrySlot } from '../tracing/start-up/telemetry-slot.js';
import { type ConfigurationFile, readConfiguration } from './configuration-file.js';
import { exportersOf, pluginsOf, telemetryOf } from './file-parts.js';
import { join, merge } from './precedence.js';
import { shadowedVariables } from './shadowed-variables.js';

/** Options of the module. */
export type ModuleOptions = ObservabilityOptions & Partial<ObservabilityModuleExtras>;

/** Configuration from a file and from code. */
export interface LoadedConfiguration {
  readonly options: ModuleOptions;
  /** Settings without an effect, with what is in their place. */
  readonly hints: readonly string[];
}

/**
 * Reads a file, starts its telemetry, and merges it with options of the code.
 *
 * @throws ConfigurationError Same as `ObservabilityModule.forFile`.
 */
export async function loadConfiguration(
  path: string | undefined,
  code: ModuleOptions,
): Promise<LoadedConfiguration> {
  const file = await readConfiguration(path, process.env);
  const { sections } = file;
  const started = await startFileTelemetry(file);
  const { exporters: ownExporters = [], plugins: ownPlugins = [], ...own } = code;
  const { options, shadowed } = merge(sections.module ?? {}, own);
  const exporters = join(await exportersOf(sections), ownExporters);
  const plugins = join(await pluginsOf(sections), ownPlugins);
  const { name, source } = file;
  const ignored = [
    ...shadowed.map((it) => {
      const at = source.placeOf(['module', ...it], 'name') ?? name;
      return `${at} ${subjectOf('module', it)} has no effect: the code sets it`;
    }),
    ...exporters.left.map((it) => `${name}: the exporter ${it} has no effect: the code has it`),
    ...plugins.left.map((it) => `${name}: the plugin ${it} has no effect: the code has it`),
    ...shadowedVariables(sections, process.env).map(
      ({ variable, option }) => `${variable} has no effect: ${name} sets ${option}`,
    ),
  ];
  const all = { ...options, exporters: exporters.values, plugins: plugins.values };
  return { options: all as ModuleOptions, hints: [...ignored, ...started] };
}

/** Starts the telemetry of the file that `OBSERVABILITY_CONFIG_FILE` names, if it has the section. */
export async function startTelemetryFromEnvironment(): Promise<void> {
  const file = await readConfiguration(undefined, process.env);
  await startFileTelemetry(file);
}

/** @returns A hint when the telemetry of the process is another one. */
async function startFileTelemetry(file: ConfigurationFile): Promise<readonly string[]> {
  const telemetry = telemetryOf(file.sections);
  if (telemetry === undefined) return [];
  const slot = telemetrySlot();
  if (slot.starting !== undefined) {
    await slot.starting.catch(() => undefined);
    if (slot.startedFrom === file.path) return [];
    return [`${file.name}: telemetry has no effect: it was started before`];
  }
  slot.startedFrom = file.path;
  const { startTelemetry } = await import('../tracing/start-up/start-telemetry.js');
  await startTelemetry(telemetry);
  return [];
}
