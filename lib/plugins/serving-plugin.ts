import type { ObservabilityPlugin, PluginContext } from './plugin.js';

/** A plugin that answers requests to the application's server. They are no traffic of the application. */
export interface ServingPlugin extends ObservabilityPlugin {
  /** Paths below which the plugin answers, without the global prefix. */
  readonly served: readonly string[];
  /** Runs first when the application begins to shut down, and must not throw. Ends streams that have no end of their own. */
  leave?(context: PluginContext): void;
}

/** Returns true for a plugin that answers requests. */
export function servesRequests(plugin: ObservabilityPlugin): plugin is ServingPlugin {
  return 'served' in plugin;
}
