/**
 * Observed tests, a manual clock and manual timers, a sink that remembers log lines, tests of alerts, and contract suites for
 * exporters, plugins and alert receivers.
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
export { ManualTimers } from './manual-timers.js';
export {
  observeTest,
  ObservedTest,
  type ObserveTestOptions,
  type TestedModule,
  type TestedModuleBuilder,
} from './observe-test.js';
export type { TimerOptions, Timers } from '../kernel/timers.js';
export { MetricExpectation } from './metric-expectation.js';
export { type ExpectedLag, ProjectionExpectation } from './projection-expectation.js';
export { SeenSpans } from './seen-spans.js';
export { Seen } from './seen.js';
export type { Labels } from './samples.js';
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
