import {
  type ConfigurableModuleAsyncOptions,
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  Optional,
  type Type,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { HTTP_REQUESTS, HttpMetricsInterceptor } from '../http/http-metrics-interceptor.js';
import { replaceDefaultController } from '../integrations/nestjs-prometheus/default-controller.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { ContextInjection } from './context-injection.js';
import { controllerPaths, excludeFromGlobalPrefix, metricsController } from './endpoint.js';
import { InstrumentationModule } from './instrumentation.module.js';
import { EXTRAS, ObservabilityLifecycle } from './lifecycle.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import { ObservabilityService } from './observability-service.js';
import type { HealthOptions } from '../health/health-options.js';
import {
  assertAsyncOptions,
  assertFactoryOptions,
  assertModuleOptions,
} from './options/module-options.js';
import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from './options/observability-options.js';
import type { PrometheusOptions } from './options/prometheus-options.js';
import { ApiCopiesCheck } from './wiring/api-copies-check.js';
import { DrainModule } from './wiring/drain.module.js';
import { healthExports, healthProviders } from './wiring/health-providers.js';
import { wireHealth } from './wiring/health-wiring.js';
import { prefetchTracing } from './wiring/load-tracing.js';
import { projectionExports, projectionProviders } from './wiring/projection-providers.js';
import { RequestObservation } from './wiring/request-observation.js';
import { TRACE_STORE } from '../tracing/store/trace-store.js';
import { traceStoreProvider } from './wiring/trace-store-provider.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ObservabilityOptions>({ moduleName: 'Observability' })
    .setClassMethodName('forRoot')
    .setExtras<ObservabilityModuleExtras>(
      { isGlobal: false, prometheus: {}, health: {} },
      (definition, extras) => withEndpoints(definition, extras),
    )
    .build();

/** What the module mounts, for its own use at start-up. */
interface MountedEndpoints {
  /** Controller of the metrics, unless they are off or have a port of their own. */
  readonly metrics: Type | undefined;
  /** Where they answer, without the global prefix. */
  readonly paths: readonly string[];
  readonly outsidePrefix: readonly string[];
}

const MOUNTED = Symbol('eventcore.mounted-endpoints');

/**
 * Observability for a NestJS application: import it once, in the root module.
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
  readonly #requests: RequestObservation | undefined;

  /** @internal */
  constructor(
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(MOUNTED) mounted?: MountedEndpoints,
    @Optional() @Inject(RequestObservation) requests?: RequestObservation,
  ) {
    super();
    this.#config = config;
    this.#modules = modules;
    this.#mounted = mounted;
    this.#requests = requests;
  }

  /**
   * With options at hand.
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
   * With options from a factory, class or provider; what shapes the module is given directly.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID`, for what the factory returns while the application starts.
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
    const { metrics, outsidePrefix } = this.#mounted;
    if (outsidePrefix.length > 0) excludeFromGlobalPrefix(this.#config, outsidePrefix);
    this.#requests?.configure(this.#mounted, this.#config.getGlobalPrefix());
    if (metrics === undefined) return;
    if (this.#requests?.runtime.enabled === false) this.#unmount(metrics);
    else await this.#takeOver(controllerPaths(metrics));
  }

  /** Whether anything is recorded may come from a factory, and controllers are there before it runs. */
  #unmount(controller: Type): void {
    for (const { controllers } of this.#modules.values()) controllers.delete(controller);
  }

  async #takeOver(paths: readonly string[]): Promise<void> {
    if (!(await replaceDefaultController(this.#modules.values(), paths))) return;
    const served = `${paths.join()} is served here; it includes the metrics of PrometheusModule`;
    new Logger('Observability').log(served);
  }
}

const exported = [
  ObservabilityService,
  PrometheusExporter,
  TRACE_STORE,
  HttpMetricsInterceptor,
  HTTP_REQUESTS,
  ...healthExports,
  ...projectionExports,
];

function withEndpoints(
  definition: DynamicModule,
  extras: ObservabilityModuleExtras,
): DynamicModule {
  const { isGlobal = false, prometheus = {}, health = {} } = extras;
  const inApplication = prometheus !== false && prometheus.port === undefined;
  const metrics = inApplication ? metricsController(prometheus) : undefined;
  const { imports: healthImports, paths: healthPaths } = wireHealth(health);
  const metricsPaths = metrics === undefined ? [] : controllerPaths(metrics);
  assertDistinct(metricsPaths, healthPaths);
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
    controllers: metrics === undefined ? [] : [metrics],
    providers: [
      ...(definition.providers ?? []),
      ...ownProviders,
      { provide: EXTRAS, useValue: extras },
      { provide: MOUNTED, useValue: { metrics, paths, outsidePrefix } satisfies MountedEndpoints },
    ],
    exports: exported,
  };
}

const ownProviders = [
  {
    provide: ObservabilityRuntime,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: unknown) => {
      assertFactoryOptions(options);
      return ObservabilityRuntime.load(options);
    },
  },
  {
    provide: PrometheusExporter,
    inject: [ObservabilityRuntime],
    useFactory: ({ exporter }: ObservabilityRuntime) => exporter,
  },
  ...healthProviders,
  {
    provide: HTTP_REQUESTS,
    inject: [ObservabilityRuntime],
    useFactory: ({ enabled, http }: ObservabilityRuntime) => (enabled && http) || null,
  },
  HttpMetricsInterceptor,
  RequestObservation,
  ObservabilityService,
  ObservabilityLifecycle,
  ContextInjection,
  ApiCopiesCheck,
  traceStoreProvider,
  // After the one that takes the inventory of handlers.
  ...projectionProviders,
];

function isOutsidePrefix(endpoint: PrometheusOptions | HealthOptions | false): boolean {
  return endpoint !== false && endpoint.excludeFromGlobalPrefix === true;
}

function assertDistinct(metricsPaths: readonly string[], healthPaths: readonly string[]): void {
  const shared = metricsPaths.find((it) => healthPaths.includes(it));
  if (shared === undefined) return;
  throw new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: 'prometheus.path',
    value: shared,
    rule: 'the health endpoints answer at that path',
    remedy: 'Choose another prometheus.path or health.path, or set health.aliases to false.',
  });
}
