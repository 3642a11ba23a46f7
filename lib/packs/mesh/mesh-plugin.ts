import { OpenRequests } from '../../http/open-requests.js';
import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityPlugin } from '../../plugins/plugin.js';
import { MeshRequests } from './mesh-requests.js';

/**
 * Plugin that records incoming HTTP requests by the workload that sent them: count, duration, sizes and retries. It reads the
 * headers that the sidecars of Istio, Envoy and Linkerd set. A caller without a sidecar can set them too: they are labels, and
 * no proof of who calls. Endpoints without HTTP metrics are left out.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { mesh } from '@eventcore/nestjs-observability/packs';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [mesh()] });
 * ```
 */
export function mesh(): ObservabilityPlugin {
  return {
    name: 'mesh',
    init: ({ get, namespace, clock, report }) => {
      const requests = new MeshRequests({
        registry: get(MetricRegistry),
        namespace,
        clock,
        report,
      });
      get(OpenRequests).follow(requests);
    },
  };
}
