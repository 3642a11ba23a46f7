import type { ObservabilityPlugin } from '@eventcore/nestjs-observability';
import { livePage } from '@eventcore/nestjs-observability/live';
import { history, performance } from '@eventcore/nestjs-observability/query';

/**
 * Records the metrics and judges them. Outside of production, /prometheus answers questions about them, and
 * /observability shows the shop: there, a shop in earnest lists its guards.
 */
export function shopPlugins(env: NodeJS.ProcessEnv): ObservabilityPlugin[] {
  if (env['NODE_ENV'] === 'production') return [history(), performance()];
  return [history({ api: {} }), performance(), livePage()];
}
