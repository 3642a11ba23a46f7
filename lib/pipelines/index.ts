export type { Flattening } from './flattening.js';
export type { HealthFactor, PipelineHealth, PipelineLimits } from './health/pipeline-health.js';
export { Pipeline, type StepOptions } from './pipeline.js';
export { Pipelines } from './pipelines.js';
export { pipelines } from './pipelines-plugin.js';
export type { DropReason } from './stage.js';
export type { StepType } from './step.js';
export type { StreamOptions, StreamRole } from './stream.js';
