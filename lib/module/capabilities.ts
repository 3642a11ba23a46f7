import type { IncomingHttpHeaders } from 'node:http';
import { Logger } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { ClusterMembership } from '../cluster/cluster-membership.js';
import { exportsMetrics } from '../exporters/port/exporting-plugin.js';
import { MetricExports } from '../exporters/port/metric-exports.js';
import type { MetricsExporter } from '../exporters/port/metrics-exporter.js';
import { isOfServer } from '../http/open-requests.js';
import { InstanceDiscovery } from '../instrumentation/binding/instance-discovery.js';
import type { TracingObserver } from '../kernel/call-tracer.js';
import type { Capability } from '../kernel/capability.js';
import { notify } from '../kernel/hooks.js';
import { repeat, systemTimers, type Timers } from '../kernel/timers.js';
import type { StateListener } from '../kernel/state-changes.js';
import type { DrainPhase } from '../shutdown/drain.js';
import { compositeTracing } from '../kernel/following/composite-tracing.js';
import { type CallFollower, followsCalls } from '../plugins/call-follower.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { PluginCapability } from '../plugins/plugin-capability.js';
import { declaredProjections } from './declared-projections.js';
import { logStart } from './diagnosis/start-log.js';
import { startSummary } from './diagnosis/start-summary.js';
import type { LazyModules } from '../instrumentation/binding/lazy-modules.js';
import type { ObservabilityRuntime } from './observability-runtime.js';
import { DEFAULT_SERIES_LIMIT } from './recording/application-registry.js';

const SAMPLE_PERIOD_MS = 1_000;

/** Finds pools and circuit breakers among the providers. */
export function resourceDiscovery(
  runtime: ObservabilityRuntime,
  modules: ModulesContainer,
  lazyModules: LazyModules,
): Capability {
  const { resources, debug, faults } = runtime;
  lazyModules.onLoaded((loaded) => resources.discover(new InstanceDiscovery(loaded)));
  return {
    name: 'discovery',
    bootstrap: () => resources.discover(new InstanceDiscovery([...modules.values()])),
    started: () => {
      notify(faults, 'diagnosis', () => new Logger('Observability').log(startSummary(runtime)));
      if (debug) logStart(runtime, debug);
    },
    stop: () => resources.release(),
  };
}

/** Counts the streams of event stores. Stores create their tables during the start, so counting begins after it. */
export function streamCounting({ eventStores }: ObservabilityRuntime): Capability {
  return {
    name: 'event_store',
    started: () => eventStores.start(),
    stop: () => eventStores.release(),
  };
}

/** Observes projection progress. Sources connect in bootstrap hooks, and their connections close from the drain on. */
export function projectionProgress(
  { projections, options, instrumentation, drain }: ObservabilityRuntime,
  lazyModules: LazyModules,
): Capability {
  const configured = new Set<string>();
  const configure = () => {
    const handlers = instrumentation.inventory.list();
    const unknown = handlers.filter((it) => !configured.has(it.name));
    const declared = declaredProjections(unknown, options.projections ?? {}, (token) =>
      lazyModules.find(token),
    );
    for (const [name, settings] of declared) {
      projections.configure(name, settings);
      configured.add(name);
    }
  };
  lazyModules.onLoaded(configure);
  return {
    name: 'projections',
    init: () => {
      configure();
      drain.onPhase((phase) => phase === 'drained' && projections.observer.stop());
    },
    started: () => projections.start(),
    stop: () => projections.stop(),
  };
}

/** Measures the Node.js process and samples error rates. */
export function processMetrics({ node, errors, faults, timers }: ObservabilityRuntime): Capability {
  const endings: (() => void)[] = [];
  const sample = (its: Timers, run: () => void) =>
    endings.push(repeat(its, SAMPLE_PERIOD_MS, () => notify(faults, 'collector', run)));
  return {
    name: 'process',
    init: () => {
      node.start();
      sample(timers, () => errors.sample());
      // The process has the time of the system, whatever time the application has.
      sample(systemTimers, () => node.sample());
    },
    stop: () => {
      for (const end of endings.splice(0)) end();
      node.stop();
    },
  };
}

/** Joins the workers or threads of the option `cluster`; none without it. */
export function clusterMembership(runtime: ObservabilityRuntime): Capability[] {
  const { registry, exporter, faults, options } = runtime;
  const { cluster = false, cardinality = {} } = options;
  if (cluster === false) return [];
  const { seriesLimit = DEFAULT_SERIES_LIMIT } = cardinality;
  const deps = { registry, exporter, faults, seriesLimit };
  return [new ClusterMembership(deps, cluster === true ? {} : cluster)];
}

/** The exporters of the application and its plugins. In a cluster, plugins export where the metrics are aggregated. */
export function metricExports(
  runtime: ObservabilityRuntime,
  lazyModules: LazyModules,
  warn: (message: string) => void,
): Capability {
  const { clock, faults, timers, random, registry, namespace } = runtime;
  const { self, flushes, startedAtMs, options } = runtime;
  const ofPlugins = (): MetricsExporter[] => {
    const plugins = runtime.plugins.filter(exportsMetrics);
    const { cluster = false } = options;
    if (cluster === false) return plugins.map((it) => lazyModules.find(it.exporter) as never);
    for (const { name } of plugins) {
      warn(
        `The plugin ${name} does nothing in a member of a cluster: pass its exporter to aggregateCluster().`,
      );
    }
    return [];
  };
  const time = { clock, timers, random };
  const deps = { ...time, faults, registry, namespace, self, flushes, startedAtMs, options };
  return new MetricExports({ ...deps, ofPlugins });
}

/**
 * The plugins of the application: those that follow calls, and all others. Their drain counts as work in flight: the
 * drain waits for it, within its limit.
 */
export function pluginCapabilities(
  runtime: ObservabilityRuntime,
  lazyModules: LazyModules,
): [followers: Capability[], others: Capability[]] {
  const { options, namespace, clock, timers, faults, plugins, drain, flushes } = runtime;
  const { serviceName, serviceVersion, environment } = options;
  const capabilityOf = (plugin: ObservabilityPlugin): PluginCapability => {
    faults.expect(plugin.name, 'OBS_PLUGIN_FAILED');
    const capability = new PluginCapability(plugin, {
      namespace,
      serviceName,
      serviceVersion,
      environment,
      clock,
      timers,
      get: (token) => lazyModules.find(token) as never,
      report: (error) => faults.report(plugin.name, error),
    });
    flushes.add(() => capability.flush());
    drain.onPhase((phase) => {
      if (phase === 'leaving') capability.leave();
      if (phase === 'draining' && plugin.drain)
        void capability.drain().finally(drain.works.hold(plugin.name));
    });
    return capability;
  };
  const others = plugins.filter((it) => !followsCalls(it));
  return [plugins.filter(followsCalls).map(capabilityOf), others.map(capabilityOf)];
}

/** Returns what follows the calls of an application: its spans, and the plugins that do so. */
export function followedBy(
  runtime: ObservabilityRuntime,
  followers: readonly CallFollower[],
): TracingObserver | undefined {
  const { namespace, clock, faults, registry, self, projections, options, tracing } = runtime;
  const { openRequests } = runtime;
  const { serviceName, serviceVersion, environment } = options;
  const service = { serviceName, serviceVersion, environment };
  const onState = (listener: StateListener) => listenToStates(runtime, listener);
  const progressOf = (name: string) => projections.readerOf(name);
  const onRequest = (listener: (headers: IncomingHttpHeaders) => void) =>
    openRequests.follow({
      began: ({ request }) => {
        // The caller of a request without a server would keep what its listener enters.
        if (isOfServer(request.socket)) listener(request.headers);
      },
    });
  const listeners = { progressOf, onState, onRequest };
  const application = { namespace, ...service, clock, faults, registry, self, ...listeners };
  const [first, ...others] = followers.map((it) => it.follow(application));
  if (first === undefined) return tracing;
  return compositeTracing(
    tracing,
    others.reduce((one, other) => compositeTracing(one, other), first),
  );
}

function listenToStates(
  { projections, resources, drain }: ObservabilityRuntime,
  listener: StateListener,
): void {
  projections.changes.listen(listener);
  resources.changes.listen(listener);
  let told: DrainPhase = 'serving';
  drain.onPhase((to) => {
    // A phase is told again when it begins to refuse work.
    if (to === told) return;
    told = to;
    listener({ subject: 'shutdown', to, facts: { in_flight: drain.works.describe() } });
  });
}
