import type { IncomingHttpHeaders } from 'node:http';
import type { InjectionToken } from '@nestjs/common';
import type { TracingObserver } from '../kernel/call-tracer.js';
import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import type { ProgressReaders } from '../kernel/observer.js';
import type { StateListener } from '../kernel/state-changes.js';
import type { SelfMetrics } from '../metrics/recorders/self-metrics.js';
import type { MetricRegistry } from '../metrics/registry.js';
import type { ObservabilityPlugin } from './plugin.js';

/** The application whose calls are followed. */
export interface FollowedApplication {
  readonly namespace: string;
  readonly serviceName?: string | undefined;
  readonly serviceVersion?: string | undefined;
  readonly environment?: string | undefined;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly registry: MetricRegistry;
  readonly self: SelfMetrics;
  readonly progressOf: ProgressReaders;
  /** Calls a listener for each change of state: projections, breakers, pools, the shutdown. */
  onState(listener: StateListener): void;
  /** Calls a listener with the headers of each request to the application's server, before anything handles it. */
  onRequest(listener: (headers: IncomingHttpHeaders) => void): void;
}

/** A provider that follows handler calls and event store operations beside the spans. */
export interface CallFollower {
  /** Called once, before the first handler is bound. */
  follow(application: FollowedApplication): TracingObserver;
}

/** A plugin with a provider that follows calls. It stops after all other plugins. */
export interface FollowingPlugin extends ObservabilityPlugin {
  readonly follower: InjectionToken<CallFollower>;
}

/** Returns true for a plugin that follows calls. */
export function followsCalls(plugin: ObservabilityPlugin): plugin is FollowingPlugin {
  return 'follower' in plugin;
}
