import type { DynamicModule, InjectionToken, Provider, Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { OpenRequests } from '../http/open-requests.js';
import { INSTRUMENTATION, type Instrumentation } from '../instrumentation/instrumentation.js';
import { APPLICATION_TIME, type ApplicationTime, systemTime } from '../kernel/timers.js';
import { MetricRegistry } from '../metrics/registry.js';
import { type CallFollower, followsCalls } from '../plugins/call-follower.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { orderedPlugins } from '../plugins/plugin-list.js';
import { servesRequests } from '../plugins/serving-plugin.js';
import { followedBy } from './capabilities.js';
import { DrainModule } from './drain.module.js';
import { wireDiagnosis } from './endpoints/diagnosis-endpoint.js';
import { wireHealth } from './endpoints/health-endpoints.module.js';
import { controllerPaths, metricsController, outside } from './endpoints/metrics-endpoint.js';
import { assertDistinctPaths } from './endpoints/separate-ports.js';
import { InstrumentationModule } from './instrumentation.module.js';
import { copyOfModule, injectablesOfCopies } from './library-copies.js';
import { Lifecycle } from './lifecycle.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import { assertFactoryOptions } from './options/module-options.js';
import type { ObservabilityModuleExtras } from './options/observability-options.js';
import { applicationReport } from './diagnosis/application-report.js';
import { publicProviders, publicTokens } from './providers.js';
import { loadWorks } from './observed-work/work-integrations.js';

/** Endpoints that the module mounts at start-up. */
export interface MountedEndpoints {
  /** Metrics controller; `undefined` when the endpoint is off or has its own port. */
  readonly metrics: Type | undefined;
  /** Paths without the global prefix. */
  readonly paths: readonly string[];
  readonly outsidePrefix: readonly string[];
  /** Paths below which plugins answer, without the global prefix. */
  readonly served: readonly string[];
}

const OWN_MODULES = [InstrumentationModule, DrainModule];
const EXTRAS = Symbol('eventcore.extras');

/** Token of the endpoints that the module mounts. */
export const MOUNTED = Symbol('eventcore.mounted-endpoints');

/** Token of what a configuration file sets without an effect. */
export const FILE_HINTS = Symbol('eventcore.file-hints');

/**
 * Adds to the definition of the module what its options shape: endpoints, plugins and the providers of the library.
 *
 * @param options - Token of the options.
 */
export function completeDefinition(
  definition: DynamicModule,
  extras: ObservabilityModuleExtras,
  options: InjectionToken,
): DynamicModule {
  const { isGlobal = false, prometheus = {}, health = {}, diagnosis = false } = extras;
  const plugins = orderedPlugins(extras.plugins);
  const inApplication = prometheus !== false && prometheus.port === undefined;
  const metrics = inApplication ? metricsController(prometheus) : undefined;
  const { imports: healthImports, paths: healthPaths } = wireHealth(health);
  const metricsPaths = metrics === undefined ? [] : controllerPaths(metrics);
  assertDistinctPaths({ prometheus, health, diagnosis });
  const diagnosing = wireDiagnosis(diagnosis, prometheus);
  const paths = [...metricsPaths, ...healthPaths, ...diagnosing.paths];
  const outsidePrefix = [...outside(prometheus, metricsPaths), ...outside(health, healthPaths)];
  const served = plugins.filter(servesRequests).flatMap((it) => it.served);
  const mounted: MountedEndpoints = { metrics, paths, outsidePrefix, served };
  const completed: DynamicModule = {
    ...definition,
    global: isGlobal,
    imports: [
      ...(definition.imports ?? []),
      ...OWN_MODULES,
      ...healthImports,
      ...((inApplication && prometheus.imports) || []),
      ...diagnosing.imports,
    ],
    controllers: [
      ...[metrics ?? [], diagnosing.controllers].flat(),
      ...plugins.flatMap((it) => it.controllers ?? []),
    ],
    providers: [
      ...(definition.providers ?? []),
      ...ownProviders(plugins, options),
      { provide: EXTRAS, useValue: extras },
      { provide: MOUNTED, useValue: mounted },
    ],
  };
  return offering(completed, plugins);
}

/** Adds what applications inject. Nest reads it when all files are loaded, and with them all copies of this package. */
function offering(module: DynamicModule, plugins: readonly ObservabilityPlugin[]): DynamicModule {
  const { providers = [] } = module;
  return Object.defineProperties(module, {
    providers: { enumerable: true, get: () => [...providers, ...offeredProviders(plugins)] },
    exports: {
      enumerable: true,
      get: () => [...publicTokens, ...offeredProviders(plugins).map(tokenOf)],
    },
  });
}

/** Providers that applications inject besides the public ones. */
function offeredProviders(plugins: readonly ObservabilityPlugin[]): Provider[] {
  const ofPlugins = plugins.flatMap((it) => it.providers ?? []);
  return [...injectablesOfCopies([...publicTokens, ...ofPlugins.map(tokenOf)]), ...ofPlugins];
}

function tokenOf(provider: Provider): InjectionToken {
  return typeof provider === 'function' ? provider : provider.provide;
}

const TIME: Provider = { provide: APPLICATION_TIME, useValue: systemTime };

type Injected = [
  options: unknown,
  extras: ObservabilityModuleExtras,
  instrumentation: Instrumentation,
  time: ApplicationTime,
  hints: readonly string[] | undefined,
  modules: ModulesContainer,
  ...following: CallFollower[],
];

/** Plugins that follow calls are there before the first handler is bound. */
function ownProviders(
  plugins: readonly ObservabilityPlugin[],
  optionsToken: InjectionToken,
): Provider[] {
  const followers = plugins.filter(followsCalls).map((it) => it.follower);
  const runtime: Provider = {
    provide: ObservabilityRuntime,
    inject: [
      optionsToken,
      EXTRAS,
      INSTRUMENTATION,
      APPLICATION_TIME,
      { token: FILE_HINTS, optional: true },
      ModulesContainer,
      ...followers,
    ],
    useFactory: async (...injected: Injected) => {
      const [options, extras, instrumentation, time, hints, modules, ...following] = injected;
      assertFactoryOptions(options);
      const loaded = await ObservabilityRuntime.load(options, extras, { instrumentation, time });
      if (loaded.enabled) loaded.works = await loadWorks(modules.values(), options);
      loaded.fileHints = hints ?? [];
      if (loaded.enabled) loaded.following = followedBy(loaded, following);
      return loaded;
    },
  };
  return [
    runtime,
    ofRuntime(MetricRegistry, (it) => it.registry),
    ofRuntime(OpenRequests, (it) => it.openRequests),
    TIME,
    applicationReport,
    copyOfModule,
    Lifecycle,
    ...publicProviders,
  ];
}

/** Provides a part of the runtime. */
function ofRuntime<T>(
  provide: InjectionToken<T>,
  useFactory: (runtime: ObservabilityRuntime) => T,
): Provider {
  return { provide, inject: [ObservabilityRuntime], useFactory };
}
