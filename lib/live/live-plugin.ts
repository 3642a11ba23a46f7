import { Logger } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { MetricHistory } from '../history/metric-history.js';
import { ALERT_PORT, type AlertPort } from '../kernel/alert-port.js';
import { APPLICATION_REPORT, type ApplicationReport } from '../kernel/ports/application-report.js';
import { LogStore } from '../logging/log-store.js';
import { MetricRegistry } from '../metrics/registry.js';
import { assertOptions } from '../options/assert-options.js';
import { PerformanceMonitor } from '../performance/performance-monitor.js';
import type { ObservabilityPlugin, PluginContext } from '../plugins/plugin.js';
import type { ServingPlugin } from '../plugins/serving-plugin.js';
import { ProjectionStatus } from '../projections/projection-status.js';
import { MetricQueries } from '../query/metric-queries.js';
import { TRACE_STORE, type TraceStore } from '../tracing/store/trace-store.js';
import { LIVE_HOST, liveDefaults, type LivePageOptions, livePageOptions } from './live-options.js';
import { LivePage } from './live-page.js';
import { LiveServer } from './live-server.js';
import { livePageController } from './live.controller.js';
import type { LiveSources } from './state/live-sources.js';

/**
 * Plugin that serves a page about the application that updates itself: how it is in words, its numbers with an hour of
 * history, commands, projections, resources, health, traces, log lines and questions in PromQL. It requires the plugin
 * `history()`. In development, the start logs a link that opens the page once; in production it needs guards or a port
 * of this machine.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { livePage } from '@eventcore/nestjs-observability/live';
 * import { history } from '@eventcore/nestjs-observability/query';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [history(), livePage()] });
 * ```
 */
export function livePage(options: LivePageOptions = {}): ObservabilityPlugin {
  assertOptions('livePage()', livePageOptions, options);
  const { path = liveDefaults.path, port, guards, decorators: _, ...shown } = options;
  const hasGuards = guards !== undefined && guards.length > 0;
  const plugin: ServingPlugin = {
    name: 'live',
    options: { ...shown, path, ...(port !== undefined && { port }), guarded: hasGuards },
    requires: ['history'],
    served: port === undefined ? [path] : [],
    providers: [
      { provide: LivePage, useFactory: () => new LivePage(options) },
      {
        provide: LiveServer,
        inject: [LivePage],
        useFactory: (page: LivePage) => new LiveServer(page),
      },
    ],
    ...(port === undefined && { controllers: [livePageController(options)] }),
    init: async (context) => {
      context
        .get(LivePage)
        .connect(sourcesOf(context), port === undefined ? prefixOf(context) : '');
      const { host = LIVE_HOST } = options;
      if (port !== undefined) await context.get(LiveServer).open({ port, host, path });
    },
    started: (context) => logLink(context, options),
    leave: ({ get }) => get(LivePage).end(),
    stop: async ({ get }) => {
      get(LivePage).end();
      await get(LiveServer).close();
    },
  };
  return plugin;
}

/** Returns what the page of an application is read from. */
function sourcesOf(context: PluginContext): LiveSources {
  const { serviceName, serviceVersion, environment, namespace, clock, report } = context;
  const find = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch {
      // No module provides it.
      return undefined;
    }
  };
  const registry = context.get(MetricRegistry);
  const projections = context.get(ProjectionStatus);
  return {
    service: { name: serviceName ?? 'application', version: serviceVersion, environment },
    namespace,
    clock,
    history: context.get(MetricHistory),
    queries: context.get(MetricQueries),
    snapshot: () => registry.snapshot(),
    projections: () => projections.list(),
    performance: find(() => context.get(PerformanceMonitor)),
    traces: find(() => context.get<TraceStore>(TRACE_STORE)),
    logs: find(() => context.get(LogStore)),
    report: find(() => context.get<ApplicationReport>(APPLICATION_REPORT)),
    alerts: find(() => context.get<AlertPort>(ALERT_PORT)),
    fault: report,
  };
}

function prefixOf({ get }: PluginContext): string {
  const prefix = get(ApplicationConfig)
    .getGlobalPrefix()
    .replaceAll(/^\/+|\/+$/g, '');
  return prefix === '' ? '' : `/${prefix}`;
}

/** Logs the address of the page once the server listens. */
function logLink({ get }: PluginContext, { port, host = LIVE_HOST }: LivePageOptions): void {
  const log = (origin: string) =>
    new Logger('Observability').log(`live page: ${get(LivePage).link(origin)}`);
  if (port !== undefined) return log(`http://${host}:${get(LiveServer).port ?? port}`);
  const adapter = get(HttpAdapterHost).httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
  const server = adapter?.getHttpServer() as ListeningServer | undefined;
  server?.once?.('listening', () => {
    const address = server.address();
    if (typeof address === 'object' && address !== null) log(`http://localhost:${address.port}`);
  });
}

/** Part of Node's server that is used; a serverless adapter may have less. */
interface ListeningServer {
  once?(event: 'listening', listener: () => void): unknown;
  address(): { readonly port: number } | string | null;
}
