import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { commandKind } from './command.decorator.js';
import { jobKind } from './job.decorator.js';
import { projectionKind } from './projection.decorator.js';
import { queryKind } from './query.decorator.js';

/** Handler kinds of every application, in the order of their metrics. */
export const handlerKinds: readonly MeasuredKind[] = [
  commandKind,
  queryKind,
  projectionKind,
  jobKind,
];

/** A plugin that adds handler kinds to the applications that list it. */
export interface KindPlugin extends ObservabilityPlugin {
  readonly kinds: readonly MeasuredKind[];
}

/** Returns the handler kinds of an application with these plugins. */
export function kindsWith(plugins: readonly ObservabilityPlugin[]): readonly MeasuredKind[] {
  return [...handlerKinds, ...plugins.flatMap((it) => (isKindPlugin(it) ? it.kinds : []))];
}

function isKindPlugin(plugin: ObservabilityPlugin): plugin is KindPlugin {
  return 'kinds' in plugin;
}
