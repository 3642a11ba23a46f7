import { createRequire } from 'node:module';
import { type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { healthController, healthPaths, type HealthPaths } from '../health/health.controller.js';
import { commandErrorsProbe, eventLoopProbe, memoryProbe } from '../health/health-indicators.js';
import { type HealthFacts, HealthService } from '../health/health.service.js';
import { missingPeer } from './missing-peer.js';
import type { HealthOptions } from './observability-options.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/** What the health endpoints add to the module. */
export interface HealthWiring {
  readonly imports: Promise<DynamicModule>[];
  readonly controllers: Type[];
  readonly providers: Provider[];
  readonly paths: string[];
}

const NOTHING: HealthWiring = { imports: [], controllers: [], providers: [], paths: [] };
const TERMINUS = '@nestjs/terminus';
const MEGABYTE = 1024 * 1024;

/**
 * The health endpoints; nothing when they are off, or when nobody asked for them and Terminus is not installed.
 *
 * @throws ConfigurationError `OBS_PEER_MISSING` when they were asked for.
 */
export function wireHealth(options: HealthOptions | false): HealthWiring {
  if (options === false) return NOTHING;
  if (!isInstalled(TERMINUS)) {
    if (Object.keys(options).length === 0) return NOTHING;
    throw missingPeer('health', options, TERMINUS);
  }
  const paths: HealthPaths = { path: options.path ?? '/health', aliases: options.aliases ?? true };
  return {
    imports: [terminusModule()],
    controllers: [healthController(paths)],
    providers: [healthProvider(options)],
    paths: healthPaths(paths),
  };
}

function isInstalled(name: string): boolean {
  try {
    createRequire(import.meta.url).resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function terminusModule(): Promise<DynamicModule> {
  const { TerminusModule } = await import('@nestjs/terminus');
  // The answer says what is wrong; a line in the log for each probe would bury the others.
  return TerminusModule.forRoot({ logger: false });
}

function healthProvider(options: HealthOptions): Provider {
  return {
    provide: HealthService,
    inject: [ObservabilityRuntime, ModuleRef],
    useFactory: async (runtime: ObservabilityRuntime, moduleRef: ModuleRef) =>
      new HealthService(await import('@nestjs/terminus'), {
        moduleRef,
        probes: probesOf(runtime, options),
        isStarted: () => runtime.started,
        isStopping: () => runtime.stopping,
        facts: () => factsOf(runtime),
      }),
  };
}

function probesOf({ recentDelay, errors }: ObservabilityRuntime, options: HealthOptions) {
  const { maxHeapRatio = 0.9, maxEventLoopDelayMs = 1000, maxCommandErrorRatio = 0.5 } = options;
  const commandErrors = errors.rate('command');
  return [
    memoryProbe(maxHeapRatio),
    eventLoopProbe(() => recentDelay.p99Seconds(), maxEventLoopDelayMs),
    ...(commandErrors === undefined
      ? []
      : [commandErrorsProbe(commandErrors, maxCommandErrorRatio)]),
  ];
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
