import type { ObservabilityPlugin } from '@eventcore/nestjs-observability';
import { history } from '@eventcore/nestjs-observability/query';

/** Records the metrics, and answers questions about them below /prometheus outside of production. */
export function shopHistory(env: NodeJS.ProcessEnv): ObservabilityPlugin {
  return history(env['NODE_ENV'] === 'production' ? {} : { api: {} });
}
