import type { ObservabilityPlugin } from '@eventcore/nestjs-observability';
import { livePage } from '@eventcore/nestjs-observability/live';
import { profiling } from '@eventcore/nestjs-observability/profiling';
import { history, performance } from '@eventcore/nestjs-observability/query';
import { shopAlerts } from './shop.alerts.js';

/**
 * Records the metrics, in `HISTORY_DIRECTORY` beyond the process, judges them and raises alerts. Outside of production, /prometheus answers questions about them, and
 * /observability shows the shop: there, a shop in earnest lists its guards.
 */
export function shopPlugins(env: NodeJS.ProcessEnv): ObservabilityPlugin[] {
  const directory = env['HISTORY_DIRECTORY'];
  const storage = directory ? { storage: { directory } } : {};
  // On request, from this machine: `npx observability profile`.
  const port = env['PROFILING_PORT'];
  const profiles = port ? [profiling({ port: Number(port) })] : [];
  const others = [...shopAlerts(env), ...profiles];
  if (env['NODE_ENV'] === 'production') return [history(storage), performance(), ...others];
  return [history({ api: {}, ...storage }), performance(), livePage(), ...others];
}
