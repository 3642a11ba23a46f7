/**
 * A manual clock, a sink that remembers log lines, and contract suites for exporters and plugins.
 *
 * @packageDocumentation
 */

export {
  type ContractCase,
  exporterContract,
  type ExporterContractOptions,
} from './exporter-contract.js';
export type { ExporterHarness, TargetState } from './exporter-trial.js';
export { ManualClock } from './manual-clock.js';
export {
  type PluginApplication,
  pluginContract,
  type PluginContractOptions,
} from './plugin-contract.js';
export { type RecordingSink, recordingSink } from './recording-sink.js';
