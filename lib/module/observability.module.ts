import {
  type ConfigurableModuleAsyncOptions,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  type InjectionToken,
  Logger,
  Module,
  type NestModule,
  Optional,
  type Provider,
  type Type,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { replaceDefaultController } from '../integrations/nestjs-prometheus/default-controller.js';
import {
  controllerPaths,
  excludeFromGlobalPrefix,
  metricsController,
  servedPaths,
} from './endpoints/metrics-endpoint.js';
import { InstrumentationModule } from './instrumentation.module.js';
import { INSTRUMENTATION, type Instrumentation } from '../instrumentation/instrumentation.js';
import { type CallFollower, followsCalls } from '../plugins/call-follower.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { orderedPlugins } from '../plugins/plugin-list.js';
import { MetricRegistry } from '../metrics/registry.js';
import { currentProvider } from './current-provider.js';
import { followedBy } from './capabilities.js';
import { copyOfModule, injectablesOfCopies } from './library-copies.js';
import { Lifecycle } from './lifecycle.js';
import { publicProviders, publicTokens } from './providers.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import type { HealthOptions } from '../health/health-options.js';
import type { PrometheusOptions } from './options/prometheus-options.js';
import {
  assertAsyncOptions,
  assertFactoryOptions,
  assertModuleOptions,
} from './options/module-options.js';
import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from './options/observability-options.js';
import { DrainModule } from './drain.module.js';
import { assertDistinctPaths } from './endpoints/separate-ports.js';
import { wireHealth } from './endpoints/health-endpoints.module.js';
import { prefetchTracing } from '../tracing/wiring/load-tracing.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ObservabilityOptions>({ moduleName: 'Observability' })
    .setClassMethodName('forRoot')
    .setExtras<ObservabilityModuleExtras>(
      { isGlobal: false, prometheus: {}, health: {}, plugins: [] },
      (definition, extras) => withEndpoints(definition, extras),
    )
    .build();

/** Endpoints that the module mounts at start-up. */
interface MountedEndpoints {
  /** Metrics controller; `undefined` when the endpoint is off or has its own port. */
  readonly metrics: Type | undefined;
  /** Paths without the global prefix. */
  readonly paths: readonly string[];
  readonly outsidePrefix: readonly string[];
}

const EXTRAS = Symbol('eventcore.extras');
const MOUNTED = Symbol('eventcore.mounted-endpoints');

/**
 * Observability module of a NestJS application. Import it once, in the root module.
 *
 * @example
 * ```ts
 * import { Module } from '@nestjs/common';
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 *
 * @Module({ imports: [ObservabilityModule.forRoot({ serviceName: 'shop' })] })
 * export class AppModule {}
 * ```
 */
@Module({})
export class ObservabilityModule extends ConfigurableModuleClass implements NestModule {
  readonly #config: ApplicationConfig;
  readonly #modules: ModulesContainer;
  readonly #mounted: MountedEndpoints | undefined;

  /** @internal */
  constructor(
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(MOUNTED) mounted?: MountedEndpoints,
  ) {
    super();
    this.#config = config;
    this.#modules = modules;
    this.#mounted = mounted;
  }

  /**
   * Configures the module with static options.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID`
   */
  static override forRoot(
    options: ObservabilityOptions & Partial<ObservabilityModuleExtras> = {},
  ): DynamicModule {
    assertModuleOptions(options);
    if (options.enabled !== false && options.tracing !== false) prefetchTracing();
    return super.forRoot(options);
  }

  /**
   * Configures the module with options from a factory, class or provider. Options that shape the
   * module are passed directly.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID`; for options of the factory at the start of the
   * application.
   *
   * @example
   * ```ts
   * import { ObservabilityModule } from '@eventcore/nestjs-observability';
   *
   * export const observability = ObservabilityModule.forRootAsync({
   *   isGlobal: true,
   *   useFactory: () => ({ serviceName: process.env['SERVICE_NAME'] ?? 'shop' }),
   * });
   * ```
   */
  static override forRootAsync(
    options: ConfigurableModuleAsyncOptions<ObservabilityOptions> &
      Partial<ObservabilityModuleExtras>,
  ): DynamicModule {
    assertAsyncOptions(options);
    return super.forRootAsync(options);
  }

  /** {@inheritDoc NestModule.configure} Nest calls it after all modules are known and before it registers routes. */
  async configure(): Promise<void> {
    if (this.#mounted === undefined) return;
    const { metrics, paths, outsidePrefix } = this.#mounted;
    if (outsidePrefix.length > 0) excludeFromGlobalPrefix(this.#config, outsidePrefix);
    const lifecycle = currentProvider(this.#modules, Lifecycle);
    const { requests, routes } = lifecycle ?? {};
    requests?.configure();
    if (routes?.hold() === false) {
      const prefix = this.#config.getGlobalPrefix();
      for (const it of servedPaths({ paths, outsidePrefix }, prefix)) requests?.serve(it);
    }
    if (metrics === undefined) return;
    if (lifecycle?.enabled === false) this.#unmount(metrics);
    else await this.#takeOver(controllerPaths(metrics));
  }

  /**
   * Removes a controller when a factory disables recording, because controllers are mounted before
   * the factory runs.
   */
  #unmount(controller: Type): void {
    for (const { controllers } of this.#modules.values()) controllers.delete(controller);
  }

  async #takeOver(paths: readonly string[]): Promise<void> {
    if (!(await replaceDefaultController(this.#modules.values(), paths))) return;
    const served = `${paths.join()} is served here; it includes the metrics of PrometheusModule`;
    new Logger('Observability').log(served);
  }
}

function withEndpoints(
  definition: DynamicModule,
  extras: ObservabilityModuleExtras,
): DynamicModule {
  const { isGlobal = false, prometheus = {}, health = {} } = extras;
  const plugins = orderedPlugins(extras.plugins);
  const offered = offeredProviders(plugins);
  const inApplication = prometheus !== false && prometheus.port === undefined;
  const metrics = inApplication ? metricsController(prometheus) : undefined;
  const { imports: healthImports, paths: healthPaths } = wireHealth(health);
  const metricsPaths = metrics === undefined ? [] : controllerPaths(metrics);
  assertDistinctPaths(prometheus, health);
  const paths = [...metricsPaths, ...healthPaths];
  const outsideMetrics = isOutsidePrefix(prometheus) ? metricsPaths : [];
  const outsidePrefix = [...outsideMetrics, ...(isOutsidePrefix(health) ? healthPaths : [])];
  return {
    ...definition,
    global: isGlobal,
    imports: [
      ...(definition.imports ?? []),
      InstrumentationModule,
      DrainModule,
      ...healthImports,
      ...((inApplication && prometheus.imports) || []),
    ],
    controllers: [
      ...(metrics === undefined ? [] : [metrics]),
      ...plugins.flatMap((it) => it.controllers ?? []),
    ],
    providers: [
      ...(definition.providers ?? []),
      ...ownProviders(plugins),
      ...offered,
      { provide: EXTRAS, useValue: extras },
      { provide: MOUNTED, useValue: { metrics, paths, outsidePrefix } satisfies MountedEndpoints },
    ],
    exports: [...publicTokens, ...offered.map(tokenOf)],
  };
}

/** Providers that applications inject besides the public ones. */
function offeredProviders(plugins: readonly ObservabilityPlugin[]): Provider[] {
  return [...injectablesOfCopies(publicTokens), ...plugins.flatMap((it) => it.providers ?? [])];
}

function tokenOf(provider: Provider): InjectionToken {
  return typeof provider === 'function' ? provider : provider.provide;
}

type Injected = [
  options: unknown,
  extras: ObservabilityModuleExtras,
  instrumentation: Instrumentation,
  ...following: CallFollower[],
];

/** Plugins that follow calls are there before the first handler is bound. */
function ownProviders(plugins: readonly ObservabilityPlugin[]): Provider[] {
  const followers = plugins.filter(followsCalls).map((it) => it.follower);
  const runtime: Provider = {
    provide: ObservabilityRuntime,
    inject: [MODULE_OPTIONS_TOKEN, EXTRAS, INSTRUMENTATION, ...followers],
    useFactory: async (...[options, extras, instrumentation, ...following]: Injected) => {
      assertFactoryOptions(options);
      const loaded = await ObservabilityRuntime.load(options, extras, instrumentation);
      if (loaded.enabled) loaded.following = followedBy(loaded, following);
      return loaded;
    },
  };
  const registry: Provider = {
    provide: MetricRegistry,
    inject: [ObservabilityRuntime],
    useFactory: (it: ObservabilityRuntime) => it.registry,
  };
  return [runtime, registry, copyOfModule, Lifecycle, ...publicProviders];
}

function isOutsidePrefix(endpoint: PrometheusOptions | HealthOptions | false): boolean {
  return endpoint !== false && endpoint.excludeFromGlobalPrefix === true;
}
