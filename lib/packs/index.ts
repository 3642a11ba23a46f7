/**
 * Metric packs: metrics as data, requests by the workloads of a service mesh, machine learning, generative models.
 *
 * @packageDocumentation
 */

export { mesh } from './mesh/mesh-plugin.js';
export {
  defineMetricPack,
  type MetricPack,
  type MetricSource,
  type PackInstrument,
  type PackInstruments,
} from './metric-pack.js';
export { GenAi, genAi, type GenAiCall } from './models/gen-ai.js';
export { MachineLearning, machineLearning, type ModelVersion } from './models/machine-learning.js';
export type { TokenUsage } from './models/token-usage.js';
export type { MetricPackDefinition, PackMetrics } from './pack-definition.js';
