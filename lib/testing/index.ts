/**
 * A manual clock, a sink that remembers log lines, and contract suites for exporters, plugins and alert receivers, and tests of alerts.
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
export { type AlertExpectation, type AlertTestOptions, expectAlert } from './expect-alert.js';
export {
  type PluginApplication,
  pluginContract,
  type PluginContractOptions,
} from './plugin-contract.js';
export { type RecordingSink, recordingSink } from './recording-sink.js';
export {
  receiverContract,
  type ReceiverContractOptions,
  type ReceiverHarness,
} from './receiver-contract.js';
export type { NotedSeries } from '../alerts/trial/named-rules.js';
