import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { healthController, healthPaths, type HealthPaths } from '../health/health.controller.js';
import { commandErrorsProbe, eventLoopProbe, memoryProbe } from '../health/health-indicators.js';
import { type HealthFacts, HealthService, type HealthSource } from '../health/health.service.js';
import { ProjectionHealthIndicator, projectionsProbe } from '../health/projection-health.js';
import { dropSpareTerminus } from '../health/terminus-executors.js';
import { loadOptionalPeer } from '../kernel/optional-peer.js';
import { missingPeer } from './missing-peer.js';
import type { HealthOptions } from './observability-options.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/** What the health endpoints add to the module. */
export interface HealthWiring {
  readonly imports: Promise<DynamicModule>[];
  readonly paths: string[];
}

const TERMINUS = '@nestjs/terminus';
const MEGABYTE = 1024 * 1024;

/** Holds the health endpoints; nothing when Terminus is not installed. */
@Module({})
export class HealthEndpointsModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    // By then all modules of the application are known, and none of their hooks has run.
    dropSpareTerminus(modules, HealthEndpointsModule);
  }
}

/**
 * The health endpoints; nothing when they are off, or when nobody asked for them and Terminus is not installed. Being
 * asked for without Terminus is a `ConfigurationError` `OBS_PEER_MISSING` while Nest reads the modules.
 */
export function wireHealth(options: HealthOptions | false): HealthWiring {
  if (options === false) return { imports: [], paths: [] };
  const paths: HealthPaths = { path: options.path ?? '/health', aliases: options.aliases ?? true };
  const loaded = loadEndpoints(options, paths);
  // Nest may come to await it long after it was rejected.
  loaded.catch(() => undefined);
  return { imports: [loaded], paths: healthPaths(paths) };
}

async function loadEndpoints(options: HealthOptions, paths: HealthPaths): Promise<DynamicModule> {
  const terminus = await loadOptionalPeer(() => import('@nestjs/terminus'), TERMINUS);
  if (terminus === undefined) {
    if (Object.keys(options).length === 0) return { module: HealthEndpointsModule };
    throw missingPeer('health', options, TERMINUS);
  }
  return {
    module: HealthEndpointsModule,
    // The answer says what is wrong; a line in the log for each probe would bury the others.
    imports: [terminus.TerminusModule.forRoot({ logger: false })],
    controllers: [healthController(paths)],
    providers: [
      {
        provide: HealthService,
        inject: [ModuleRef],
        useFactory: (moduleRef: ModuleRef) =>
          new HealthService(terminus, healthSource(moduleRef, options)),
      },
    ],
  };
}

/** Reads the runtime when it is asked: it belongs to the module that imports this one. */
function healthSource(moduleRef: ModuleRef, options: HealthOptions): HealthSource {
  const runtime = () => moduleRef.get(ObservabilityRuntime, { strict: false });
  return {
    moduleRef,
    probes: () => probesOf(runtime(), options),
    isStarted: () => runtime().started,
    isStopping: () => runtime().stopping,
    facts: () => factsOf(runtime()),
  };
}

function probesOf(runtime: ObservabilityRuntime, options: HealthOptions) {
  const { recentDelay, errors, projections } = runtime;
  const { maxHeapRatio = 0.9, maxEventLoopDelayMs = 1000, maxCommandErrorRatio = 0.5 } = options;
  const commandErrors = errors.rate('command');
  return [
    memoryProbe(maxHeapRatio),
    eventLoopProbe(() => recentDelay.p99Seconds(), maxEventLoopDelayMs),
    ...(commandErrors === undefined
      ? []
      : [commandErrorsProbe(commandErrors, maxCommandErrorRatio)]),
    ...(projections.isEmpty ? [] : [projectionsProbe(projectionIndicator(runtime, options))]),
  ];
}

/** Judges the projections of the application. */
export function projectionIndicator(
  { projections }: ObservabilityRuntime,
  { maxProjectionLagSeconds }: HealthOptions,
): ProjectionHealthIndicator {
  return new ProjectionHealthIndicator(() => projections.progress(), maxProjectionLagSeconds);
}

function factsOf({ options, handlers }: ObservabilityRuntime): HealthFacts {
  return {
    uptime_seconds: Math.round(process.uptime() * 1000) / 1000,
    version: options.serviceVersion ?? process.env['npm_package_version'] ?? 'unknown',
    commands_executing: handlers.commands.executing,
    projections_active: handlers.projections.activeCount,
    memory_usage_mb: Math.round((process.memoryUsage.rss() / MEGABYTE) * 10) / 10,
  };
}
