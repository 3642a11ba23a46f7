import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type NestModule,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { replaceDefaultController } from '../integrations/nestjs-prometheus/default-controller.js';
import { METRICS_PATH, metricsController } from './endpoint.js';
import { excludeFromGlobalPrefix } from './global-prefix.js';
import { wireHealth } from './health-wiring.js';
import { InstrumentationModule } from './instrumentation.module.js';
import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
  PrometheusOptions,
} from './observability-options.js';
import { EXTRAS, ObservabilityLifecycle } from './observability-lifecycle.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import { ObservabilityService } from './observability.service.js';
import { assertExtras, assertOptions, extraNames } from './options-schema.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<ObservabilityOptions>({ moduleName: 'Observability' })
    .setClassMethodName('forRoot')
    .setExtras<ObservabilityModuleExtras>(
      { isGlobal: false, prometheus: {}, health: {} },
      (definition, extras) => withEndpoints(definition, extras),
    )
    .build();

/** What the module mounts, for its own use at start-up. */
interface MountedPaths {
  readonly metrics: string | undefined;
  readonly outsidePrefix: readonly string[];
}

const MOUNTED = Symbol('eventcore.mounted-paths');

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
  readonly #mounted: MountedPaths | undefined;

  constructor(
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Optional() @Inject(MOUNTED) mounted?: MountedPaths,
  ) {
    super();
    this.#config = config;
    this.#modules = modules;
    this.#mounted = mounted;
  }

  /**
   * With options at hand.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID`
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    const [own, extras] = split(options);
    assertExtras(extras);
    assertOptions(own);
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
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    assertExtras(split(options)[1]);
    return super.forRootAsync(options);
  }

  /** {@inheritDoc NestModule.configure} Nest calls it after all modules are known and before it registers routes. */
  async configure(): Promise<void> {
    if (this.#mounted === undefined) return;
    const { metrics, outsidePrefix } = this.#mounted;
    if (outsidePrefix.length > 0) excludeFromGlobalPrefix(this.#config, outsidePrefix);
    if (metrics !== undefined && (await replaceDefaultController(this.#modules, metrics))) {
      const logger = new Logger('Observability');
      logger.log(`${metrics} is served here; it includes the metrics of PrometheusModule`);
    }
  }
}

/** Own options and those that shape the module. */
function split(options: object): [Record<string, unknown>, Record<string, unknown>] {
  const entries = Object.entries(options ?? {});
  const isExtra = ([name]: [string, unknown]) => extraNames.includes(name);
  return [
    Object.fromEntries(entries.filter((it) => !isExtra(it))),
    Object.fromEntries(entries.filter(isExtra)),
  ];
}

function withEndpoints(
  definition: DynamicModule,
  extras: ObservabilityModuleExtras,
): DynamicModule {
  const { isGlobal = false, prometheus = {}, health = {} } = extras;
  const metrics = prometheus === false || prometheus.port !== undefined ? undefined : prometheus;
  const healthWiring = wireHealth(health);
  return {
    ...definition,
    global: isGlobal,
    imports: [
      ...(definition.imports ?? []),
      InstrumentationModule,
      ...healthWiring.imports,
      ...(metrics?.imports ?? []),
    ],
    controllers: [
      ...(metrics === undefined ? [] : [metricsController(metrics)]),
      ...healthWiring.controllers,
    ],
    providers: [
      ...(definition.providers ?? []),
      ...healthWiring.providers,
      ...ownProviders,
      { provide: EXTRAS, useValue: extras },
      { provide: MOUNTED, useValue: mountedPaths(metrics, health && healthWiring.paths, extras) },
    ],
    exports: [ObservabilityService, PrometheusExporter],
  };
}

const ownProviders = [
  {
    provide: ObservabilityRuntime,
    inject: [MODULE_OPTIONS_TOKEN],
    useFactory: (options: unknown) => {
      assertOptions(options);
      return new ObservabilityRuntime(options);
    },
  },
  {
    provide: PrometheusExporter,
    inject: [ObservabilityRuntime],
    useFactory: ({ exporter }: ObservabilityRuntime) => exporter,
  },
  ObservabilityService,
  ObservabilityLifecycle,
];

function mountedPaths(
  metrics: PrometheusOptions | undefined,
  healthPaths: readonly string[] | false,
  { health }: ObservabilityModuleExtras,
): MountedPaths {
  const metricsPath = metrics && (metrics.path ?? METRICS_PATH);
  const healthOutside = typeof health === 'object' && health.excludeFromGlobalPrefix === true;
  return {
    metrics: metricsPath,
    outsidePrefix: [
      ...(metricsPath !== undefined && metrics?.excludeFromGlobalPrefix === true
        ? [metricsPath]
        : []),
      ...(healthOutside && healthPaths ? healthPaths : []),
    ],
  };
}
