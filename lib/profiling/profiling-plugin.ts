import { Logger } from '@nestjs/common';
import { assertOptions } from '../options/assert-options.js';
import { isEmptyList } from '../options/endpoint-options.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import type { ServingPlugin } from '../plugins/serving-plugin.js';
import { ProfilingServer } from './http/profiling-server.js';
import { profilingController } from './http/profiling.controller.js';
import { Profiling } from './profiling.js';
import {
  profilingDefaults,
  type ProfilingOptions,
  profilingOptions,
  servesRoutes,
} from './profiling-options.js';

/**
 * Plugin that takes CPU and heap profiles of the running application with the inspector of Node.js: on request, by
 * `observability profile` or `go tool pprof`; again and again, into a folder or to a Pyroscope; and while the event loop
 * is late. Nothing is recorded, and nothing is slower, while no profile is taken.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { profiling } from '@eventcore/nestjs-observability/profiling';
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [profiling({ port: 9466, onDelay: { folder: '/var/lib/shop/profiles' } })],
 * });
 * ```
 */
export function profiling(options: ProfilingOptions): ObservabilityPlugin {
  assertOptions('profiling()', profilingOptions, options);
  const { path, port, host } = { ...profilingDefaults, ...options };
  const { guards, decorators } = options;
  const hasRoutes = servesRoutes(options);
  const plugin: ServingPlugin = {
    name: 'profiling',
    options: shownOptions(options),
    served: hasRoutes ? [path] : [],
    providers: [
      { provide: Profiling, useFactory: () => new Profiling(options) },
      {
        provide: ProfilingServer,
        inject: [Profiling],
        useFactory: (it: Profiling) => new ProfilingServer(it),
      },
    ],
    ...(hasRoutes && { controllers: [profilingController({ path, guards, decorators })] }),
    init: async (context) => {
      await context.get(Profiling).connect(context);
      if (port !== undefined) await context.get(ProfilingServer).open({ port, host, path });
    },
    started: ({ get }) => {
      get(Profiling).start();
      const bound = get(ProfilingServer).port;
      if (bound !== undefined)
        new Logger('Observability').log(`profiles: http://${host}:${bound}${path}`);
    },
    leave: ({ get }) => get(Profiling).end(),
    stop: async ({ get }) => {
      get(Profiling).end();
      await get(ProfilingServer).close();
    },
  };
  return plugin;
}

/** Returns the options without classes and secrets. */
function shownOptions(options: ProfilingOptions): Readonly<Record<string, unknown>> {
  const { guards, decorators: _, continuous, ...shown } = options;
  const { pyroscope, authorization: __, ...rest } = continuous ?? {};
  return {
    ...shown,
    guarded: !isEmptyList(guards),
    ...(continuous && { continuous: { ...rest, pushes: pyroscope !== undefined } }),
  };
}
