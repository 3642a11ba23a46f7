import type { InjectionToken, Provider, Type } from '@nestjs/common';
import type { Clock } from '../kernel/clock.js';

/** The application that a plugin runs in. Each application has its own context, also where two share one plugin value. */
export interface PluginContext {
  /** First word of the metric names of the catalogue. */
  readonly namespace: string;
  /** `serviceName` of the module's options. */
  readonly serviceName?: string | undefined;
  /** `serviceVersion` of the module's options. */
  readonly serviceVersion?: string | undefined;
  /** `environment` of the module's options. */
  readonly environment?: string | undefined;
  /** Source of time; durations come from its monotonic clock. */
  readonly clock: Clock;
  /** Timers that a test may hold. They do not keep the process alive. */
  readonly timers: {
    /**
     * Calls a function once.
     *
     * @param delayMs - Milliseconds, 0 or more.
     * @returns Cancels the timer.
     */
    after(delayMs: number, run: () => void): () => void;
  };
  /**
   * Returns a provider of the application: one of the plugin's own, `ObservabilityService`, `ApplicationDrain` or any
   * other.
   *
   * @throws Error for a token that no module provides.
   */
  get<T>(token: InjectionToken<T>): T;
  /**
   * Counts a fault in `observability_errors_total` under the plugin's name and logs it at most once a minute. It never
   * throws.
   */
  report(error: unknown): void;
}

/**
 * A capability that an application switches on by listing it in the option `plugins`. A plugin is a value without state
 * of its own: state belongs into its providers, which exist once per application.
 *
 * Hooks run in the order of `plugins`, each plugin after those it requires, and in the reverse order when the application
 * stops. An error in `init` or `bootstrap` stops the start. An error in a later hook is reported and changes nothing else.
 * With `enabled: false` no hook runs.
 *
 * @example
 * ```ts
 * import { ObservabilityModule, type ObservabilityPlugin } from '@eventcore/nestjs-observability';
 * import { ObservabilityService } from '@eventcore/nestjs-observability';
 *
 * const buildInfo = (commit: string): ObservabilityPlugin => ({
 *   name: 'build-info',
 *   init: ({ get }) => {
 *     const info = { name: 'shop_build_info', help: 'Commit of the build.', labels: ['commit'] };
 *     get(ObservabilityService).gauge(info).labels({ commit }).set(1);
 *   },
 * });
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [buildInfo('6d0dac4')] });
 * ```
 */
export interface ObservabilityPlugin {
  /** Name for errors, `requires` and `observability_errors_total`: 1 to 64 lower-case letters, digits and hyphens. */
  readonly name: string;
  /** The options that the plugin was made with, for `diagnose()`. They contain no secret. @defaultValue none */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Names of plugins that must be listed as well. @defaultValue none */
  readonly requires?: readonly string[];
  /** Providers of the plugin. The module exports them, so that the application can inject them. @defaultValue none */
  readonly providers?: readonly Provider[];
  /** Controllers of the plugin. @defaultValue none */
  readonly controllers?: readonly Type[];
  /** Runs when all instances of the application exist. */
  init?(context: PluginContext): void | Promise<void>;
  /** Runs when the application bootstraps: the HTTP server exists and does not listen yet. */
  bootstrap?(context: PluginContext): void | Promise<void>;
  /** Runs after the last bootstrap hook of the application. */
  started?(context: PluginContext): void | Promise<void>;
  /** Sends what waits. Runs at each `ObservabilityService.flush()`, which waits for it. */
  flush?(context: PluginContext): void | Promise<void>;
  /** Runs when the application stops accepting work. The drain waits for it, within `drain.timeoutMs`. */
  drain?(context: PluginContext): void | Promise<void>;
  /** Releases everything, within 5 seconds. It runs once, after a failed start as well. */
  stop?(context: PluginContext): void | Promise<void>;
}
