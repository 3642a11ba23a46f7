import type { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import type { Capability } from '../kernel/capability.js';
import type { Faults } from '../kernel/faults.js';
import type { MetricRegistry } from '../metrics/registry.js';
import type { ClusterMember } from './cluster-member.js';
import type { ClusterOptions } from './member-options.js';

/** Dependencies of a {@link ClusterMembership}. */
export interface ClusterMembershipDeps {
  readonly registry: MetricRegistry;
  readonly exporter: PrometheusExporter;
  readonly faults: Faults;
  /** Series per metric, 1 or more. */
  readonly seriesLimit: number;
}

const TIMEOUT_MS = 5_000;

/** Shows the metrics of all workers or threads on the page of this one. */
export class ClusterMembership implements Capability {
  readonly name = 'cluster';
  readonly #deps: ClusterMembershipDeps;
  readonly #timeoutMs: number;
  #member: ClusterMember | undefined;

  constructor(deps: ClusterMembershipDeps, options: ClusterOptions) {
    this.#deps = deps;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  }

  /** {@inheritDoc Capability.init} */
  async init(): Promise<void> {
    const { registry, exporter, faults, seriesLimit } = this.#deps;
    // Some application servers do not support the import of node:cluster.
    const { openMember } = await import('./open-member.js');
    const member = openMember({
      faults,
      seriesLimit,
      timeoutMs: this.#timeoutMs,
      snapshot: () => registry.snapshot(),
      readSampled: async () => {
        await registry.prepare();
        return exporter.readSampled();
      },
    });
    this.#member = member;
    exporter.gatherBy(() => member.gather());
  }

  /** {@inheritDoc Capability.stop} */
  async stop(): Promise<void> {
    await this.#member?.leave();
  }
}
