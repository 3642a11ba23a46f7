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
import { replaceDefaultController } from '../integrations/nestjs-prometheus/default-controller.js';
import { prefetchTracing } from '../tracing/wiring/load-tracing.js';
import { currentProvider } from './current-provider.js';
import {
  controllerPaths,
  excludeFromGlobalPrefix,
  servedPaths,
} from './endpoints/metrics-endpoint.js';
import { setApart } from './endpoints/endpoint-controller.js';
import { Lifecycle } from './lifecycle.js';
import {
  completeDefinition,
  FILE_HINTS,
  MOUNTED,
  type MountedEndpoints,
} from './module-definition.js';
import { assertAsyncOptions, assertModuleOptions } from './options/module-options.js';
import type {
  ObservabilityModuleExtras,
  ObservabilityOptions,
} from './options/observability-options.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ObservabilityOptions>({ moduleName: 'Observability' })
    .setClassMethodName('forRoot')
    .setExtras<ObservabilityModuleExtras>(
      { isGlobal: false, prometheus: {}, health: {}, diagnosis: false, plugins: [] },
      (definition, extras): DynamicModule =>
        completeDefinition(definition, extras, MODULE_OPTIONS_TOKEN),
    )
    .build();

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

  /**
   * Configures the module with a YAML file. Requires the package `yaml`. Code takes precedence over the file, and the
   * file over the standard variables of OpenTelemetry; exporters and plugins of both are used. The section `telemetry`
   * starts tracing as `startTelemetry()` does. `diagnose().hints` lists what has no effect.
   *
   * @param path - Path of the file. @defaultValue `OBSERVABILITY_CONFIG_FILE`
   * @param code - Options that only code can have, or that take precedence. @defaultValue none
   * @throws ConfigurationError `OBS_CONFIG_FILE` for a file that cannot be read or is no YAML; `OBS_OPTION_INVALID` with
   * file, line and column of every invalid option; `OBS_PEER_MISSING` without `yaml`.
   *
   * @example
   * ```ts
   * import { Module } from '@nestjs/common';
   * import { ObservabilityModule } from '@eventcore/nestjs-observability';
   *
   * @Module({ imports: [ObservabilityModule.forFile('observability.yaml', { isGlobal: true })] })
   * export class AppModule {}
   * ```
   */
  static async forFile(
    path?: string,
    code: ObservabilityOptions & Partial<ObservabilityModuleExtras> = {},
  ): Promise<DynamicModule> {
    const { loadConfiguration } = await import('../config/load-configuration.js');
    const { options, hints } = await loadConfiguration(path, code);
    const module = ObservabilityModule.forRoot(options);
    const providers = [...(module.providers ?? []), { provide: FILE_HINTS, useValue: hints }];
    return { ...module, providers };
  }

  /** {@inheritDoc NestModule.configure} Nest calls it after all modules are known and before it registers routes. */
  async configure(): Promise<void> {
    const lifecycle = currentProvider(this.#modules, Lifecycle);
    lifecycle?.configure();
    if (this.#mounted === undefined) return;
    const { metrics, paths, outsidePrefix, served } = this.#mounted;
    if (outsidePrefix.length > 0) excludeFromGlobalPrefix(this.#config, outsidePrefix);
    const { requests, routes } = lifecycle ?? {};
    requests?.configure();
    if (comparesRoutes(this.#config)) this.#setApart();
    if (routes?.hold() === false) {
      const prefix = this.#config.getGlobalPrefix();
      for (const it of servedPaths({ paths, outsidePrefix }, prefix)) requests?.serve(it);
    }
    for (const it of servedPaths(
      { paths: served, outsidePrefix: [] },
      this.#config.getGlobalPrefix(),
    )) {
      requests?.serveBelow(it);
    }
    if (metrics === undefined) return;
    if (lifecycle?.enabled === false) this.#unmount(metrics);
    else await this.#takeOver(controllerPaths(metrics));
  }

  #setApart(): void {
    for (const { controllers } of this.#modules.values()) {
      for (const { metatype } of controllers.values()) if (metatype) setApart(metatype as Type);
    }
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

/** Returns true if Nest, from version 12 on, compares routes with each other before it registers them. */
function comparesRoutes(config: ApplicationConfig): boolean {
  const { getRouteConflictPolicy } = config as { getRouteConflictPolicy?(): unknown };
  return getRouteConflictPolicy?.call(config) !== undefined;
}
