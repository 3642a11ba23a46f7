import { type DynamicModule, Inject, Logger, Module, type Type } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import type { CachedHealthCheckDeps } from '../../health/cached-health-check.js';
import type { HealthRequest } from '../../health/health-check-options.js';
import { HealthChecks } from '../../health/health-checks.js';
import {
  type HealthInfo,
  HealthService,
  type HealthSource,
  StartUp,
} from '../../health/health-service.js';
import {
  healthController,
  healthPaths,
  type HealthPaths,
  isHealthAlias,
} from '../../health/health.controller.js';
import { dropSpareTerminus } from '../../health/terminus/terminus-executors.js';
import {
  importTerminus,
  LazyTerminus,
  quietTerminus,
  TERMINUS,
} from '../../health/terminus/terminus-services.js';
import { systemTimers } from '../../kernel/timers.js';
import type { Capability } from '../../kernel/capability.js';
import { currentProvider } from '../current-provider.js';
import { isInstalled, missingPeer } from '../../kernel/peers/optional-peer.js';
import { prepareController } from './endpoint-controller.js';
import { ObservabilityRuntime } from '../observability-runtime.js';
import type { HealthOptions } from '../../health/health-options.js';
import { builtInChecks } from '../../health/built-in-checks.js';
import type { LazyModules } from '../../instrumentation/binding/lazy-modules.js';
import { checksOfOptions, checksOfProviders } from '../../health/health-check-discovery.js';
import { commandKind } from '../../kinds/command.decorator.js';
import { projectionKind } from '../../kinds/projection.decorator.js';
import { applicationVersion } from './application-version.js';

/** Module parts of the health endpoints. */
export interface HealthWiring {
  readonly imports: Promise<DynamicModule>[];
  /** Paths that the application serves; none if the endpoints have a separate port. */
  readonly paths: string[];
}

const MEGABYTE = 1024 * 1024;

/** Contains the health endpoints; empty when Terminus is not installed. */
@Module({})
class HealthEndpointsModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    // All modules of the application are known by now, and none of their hooks has run.
    dropSpareTerminus(modules, HealthEndpointsModule);
  }
}

/**
 * Returns the health endpoints; empty when they are off, or when they are not configured and Terminus is not
 * installed. If they are configured without Terminus, Nest receives a `ConfigurationError` `OBS_PEER_MISSING`.
 */
export function wireHealth(options: HealthOptions | false): HealthWiring {
  if (options === false) return { imports: [], paths: [] };
  const paths = pathsOf(options);
  const loaded = loadEndpoints(options, paths);
  // Nest may await it long after the rejection.
  loaded.catch(() => undefined);
  return { imports: [loaded], paths: options.port === undefined ? healthPaths(paths) : [] };
}

/** Returns the paths of the health endpoints. */
export function pathsOf({
  path = '/health',
  aliases = true,
  groups = {},
}: HealthOptions): HealthPaths {
  return { path, aliases, groups: Object.keys(groups) };
}

async function loadEndpoints(options: HealthOptions, paths: HealthPaths): Promise<DynamicModule> {
  const isConfigured = Object.keys(options).length > 0;
  if (!(await hasTerminus(isConfigured))) {
    if (!isConfigured) return { module: HealthEndpointsModule };
    throw missingPeer('health', options, TERMINUS);
  }
  const terminus = injectsAnything(options) ? await importTerminus() : undefined;
  return {
    module: HealthEndpointsModule,
    imports: [
      ...(terminus === undefined ? [] : [quietTerminus(terminus)]),
      ...(options.imports ?? []),
    ],
    controllers: options.port === undefined ? [controllerFor(options, paths)] : [],
    providers: [
      {
        provide: HealthChecks,
        inject: [ModulesContainer],
        useFactory: (modules: ModulesContainer) =>
          new HealthChecks(checkDeps(runtimeIn(modules)), options.groups ?? {}),
      },
      {
        provide: HealthService,
        inject: [ModuleRef, ModulesContainer, HealthChecks],
        useFactory: (moduleRef: ModuleRef, modules: ModulesContainer, checks: HealthChecks) =>
          new HealthService(
            new LazyTerminus(moduleRef),
            healthSource(runtimeIn(modules), checks, options),
          ),
      },
    ],
  };
}

/** Returns false, with a warning, for a Terminus that fails to load where nothing asks for it, as in a bundle. */
async function hasTerminus(isRequired: boolean): Promise<boolean> {
  try {
    return await isInstalled(TERMINUS, importTerminus);
  } catch (error) {
    if (isRequired) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    new Logger('Observability').warn(
      `There are no health endpoints: ${TERMINUS} fails to load (${reason}). See docs/guides/bundling.md, or set health: false.`,
    );
    return false;
  }
}

function controllerFor(options: HealthOptions, paths: HealthPaths): Type {
  const { controller, guards, decorators } = options;
  const Mounted = healthController(paths, controller);
  const served = new Set(healthPaths(paths));
  const isPathNamed = options.path !== undefined;
  const isNamed = (path: string) =>
    served.has(path) ? isPathNamed && !isHealthAlias(paths, path) : undefined;
  prepareController(Mounted, { purpose: 'health', isNamed, guards, decorators });
  return Mounted;
}

/**
 * Returns true if checks inject providers, such as the Terminus indicators, which are injectable
 * even if the application does not import their module.
 */
function injectsAnything({ checks = [] }: HealthOptions): boolean {
  return checks.some(({ inject = [] }) => inject.length > 0);
}

function runtimeIn(modules: ModulesContainer): () => ObservabilityRuntime {
  // The importing module has it.
  return () => currentProvider(modules, ObservabilityRuntime) as ObservabilityRuntime;
}

/** Reads the runtime lazily, because it belongs to the importing module. */
function healthSource(
  runtime: () => ObservabilityRuntime,
  checks: HealthChecks,
  options: HealthOptions,
): HealthSource {
  const { details = 'always', readyAfterCatchUp = false } = options;
  const found = applicationVersion();
  return {
    checks,
    startUp: new StartUp(checks, {
      isStarted: () => runtime().started,
      areProjectionsReady: () => !readyAfterCatchUp || runtime().projections.haveCaughtUp(),
    }),
    isStopping: () => runtime().stopping,
    facts: () => factsOf(runtime(), found),
    mayShowDetails: async (request) => {
      if (typeof details === 'string') return details === 'always';
      try {
        return (await details(request as HealthRequest)) === true;
      } catch (error) {
        runtime().faults.report('health_details', error);
        return false;
      }
    },
  };
}

function checkDeps(runtime: () => ObservabilityRuntime): CachedHealthCheckDeps {
  return {
    clock: {
      monotonicMs: () => runtime().clock.monotonicMs(),
      wallMs: () => runtime().clock.wallMs(),
    },
    timers: systemTimers,
    record: (name, level, seconds) => runtime().health.answered(name, level, seconds),
  };
}

/** Opens and closes the health checks of an application. Invalid settings stop the start. */
export function healthCapability(runtime: ObservabilityRuntime, nest: NestHandles): Capability {
  const options = runtime.healthOptions;
  const seen = new Set<unknown>();
  let checks: HealthChecks | undefined;
  nest.lazyModules.onLoaded((loaded) => checks?.add(checksOfProviders(loaded, seen)));
  return {
    name: 'health',
    init: () => {
      // None if the endpoints are off or Terminus is not installed.
      checks = currentProvider(nest.modules, HealthChecks);
      runtime.lacksTerminus = checks === undefined && runtime.extras.health !== false;
      checks?.open([
        ...builtInChecks(runtime, options),
        ...checksOfOptions(options.checks ?? [], nest.moduleRef),
        ...checksOfProviders(nest.modules.values(), seen),
      ]);
    },
    bootstrap: () => checks?.start(),
    stop: () => checks?.close(),
  };
}

/** Parts of Nest that the check discovery uses. */
interface NestHandles {
  readonly modules: ModulesContainer;
  readonly moduleRef: ModuleRef;
  readonly lazyModules: LazyModules;
}

function factsOf(
  { options, handlers }: ObservabilityRuntime,
  found: string | undefined,
): HealthInfo {
  return {
    uptime_seconds: Math.round(process.uptime() * 1000) / 1000,
    version: options.serviceVersion ?? found ?? process.env['npm_package_version'] ?? 'unknown',
    commands_executing: handlers.of(commandKind).executing,
    projections_active: handlers.of(projectionKind).activeCount,
    memory_usage_mb: Math.round((process.memoryUsage.rss() / MEGABYTE) * 10) / 10,
  };
}
