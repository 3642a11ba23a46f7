import { INSTRUMENTATION, type Instrumentation } from '../instrumentation/instrumentation.js';
import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';
import { MetricRegistry } from '../metrics/registry.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { assertDeclarations, connectPipelines } from './decorators/declarations.js';
import { Pipelines } from './pipelines.js';
import { stageKind } from './stage-kind.js';

/**
 * Plugin that provides {@link Pipelines}: counts, waiting events, durations and spans of streams and stages of rxjs.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { pipelines } from '@eventcore/nestjs-observability/pipelines';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [pipelines()] });
 * ```
 */
export function pipelines(): ObservabilityPlugin {
  const plugin: ObservabilityPlugin & { readonly kinds: readonly MeasuredKind[] } = {
    name: 'pipelines',
    kinds: [stageKind],
    providers: [
      {
        provide: Pipelines,
        inject: [MetricRegistry, INSTRUMENTATION],
        useFactory: (registry: MetricRegistry, instrumentation: Instrumentation) => {
          const made = new Pipelines(registry);
          connectPipelines(instrumentation, made);
          return made;
        },
      },
    ],
    init: (context) => context.get(Pipelines).start(context),
    bootstrap: ({ get }) => assertDeclarations(get(INSTRUMENTATION), get(Pipelines).names),
    started: (context) => context.get(Pipelines).reported(context),
    drain: ({ get }) => get(Pipelines).drained(),
    stop: ({ get }) => get(Pipelines).stop(),
  };
  return plugin;
}
