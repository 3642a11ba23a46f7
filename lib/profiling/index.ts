/**
 * Profiling: CPU and heap profiles of the running application.
 *
 * @packageDocumentation
 */

export type {
  ContinuousProfilesOptions,
  DelayProfilesOptions,
  ProfilingOptions,
} from './profiling-options.js';
export { profiling } from './profiling-plugin.js';
