import type { ModuleRef } from '@nestjs/core';
import { scrapeRoute } from '../../exporters/prometheus/http/metrics-listener.js';
import { healthPaths as pathsServed, healthRoutes } from '../../health/health.controller.js';
import type { HealthOptions } from '../../health/health-options.js';
import { HealthService } from '../../health/health-service.js';
import type { Capability } from '../../kernel/capability.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import {
  EndpointListener,
  type EndpointRoute,
  type ListenerAddress,
} from '../../exporters/prometheus/http/endpoint-listener.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import { diagnosisPathOf, diagnosisPlaceOf, diagnosisRoute } from './diagnosis-endpoint.js';
import type { EndpointPurpose } from './endpoint-controller.js';
import { pathsOf } from './health-endpoints.module.js';
import type { DiagnosisOptions } from '../options/diagnosis-options.js';
import type { PrometheusOptions } from '../options/prometheus-options.js';
import { METRICS_PATH, metricsPathsOf } from './metrics-endpoint.js';

/** Endpoint with a separate port. */
interface SeparateEndpoint {
  readonly purpose: EndpointPurpose;
  readonly address: ListenerAddress;
  readonly routes: ReadonlyMap<string, EndpointRoute>;
}

/** Dependencies of {@link SeparatePorts}. */
export interface SeparatePortsDeps {
  readonly moduleRef: ModuleRef;
  log(message: string): void;
}

/** Serves metrics and health on separate ports, if their options name one; endpoints with one address share it. */
export class SeparatePorts implements Capability {
  readonly name = 'ports';
  readonly #runtime: ObservabilityRuntime;
  readonly #deps: SeparatePortsDeps;
  readonly #listeners: EndpointListener[] = [];
  readonly #ports = new Map<EndpointPurpose, number | undefined>();

  constructor(runtime: ObservabilityRuntime, deps: SeparatePortsDeps) {
    this.#runtime = runtime;
    this.#deps = deps;
  }

  /** Returns the port of an endpoint; `undefined` for one on the application's port. */
  portOf(purpose: EndpointPurpose): number | undefined {
    return this.#ports.get(purpose);
  }

  /** @throws ConfigurationError `OBS_ENDPOINT_TAKEN` */
  async bootstrap(): Promise<void> {
    const byAddress = new Map<string, SeparateEndpoint[]>();
    for (const it of this.#endpoints()) {
      const key = [it.address.port, it.address.host].join();
      byAddress.set(key, [...(byAddress.get(key) ?? []), it]);
    }
    for (const shared of byAddress.values()) await this.#open(shared);
  }

  /** {@inheritDoc Capability.stop} */
  async stop(): Promise<void> {
    for (const it of this.#listeners.splice(0)) await it.close();
  }

  async #open(shared: readonly SeparateEndpoint[]): Promise<void> {
    const [first] = shared;
    if (first === undefined) return;
    const routes = new Map(shared.flatMap((it) => [...it.routes]));
    const listener = new EndpointListener(first.address, { routes, option: optionOf(first) });
    await listener.open();
    this.#listeners.push(listener);
    for (const { purpose, routes: own } of shared) this.#served(purpose, listener, [...own.keys()]);
  }

  #served(purpose: EndpointPurpose, { port }: EndpointListener, paths: readonly string[]): void {
    this.#ports.set(purpose, port);
    for (const path of paths) {
      const separate = port === undefined ? {} : { port };
      this.#runtime.endpoints.push({ purpose, path, answeredBy: 'library', ...separate });
    }
    this.#deps.log(`${purpose} on port ${port}${paths[0]}`);
  }

  #endpoints(): SeparateEndpoint[] {
    const { extras, exporter, enabled } = this.#runtime;
    const { prometheus = {}, health = {}, diagnosis = false } = extras;
    const endpoints: SeparateEndpoint[] = [];
    if (enabled && prometheus !== false && prometheus.port !== undefined) {
      const { port, host, path = METRICS_PATH } = prometheus;
      const routes = new Map([[path, scrapeRoute(exporter)]]);
      endpoints.push({ purpose: 'metrics', address: { port, host }, routes });
    }
    if (prometheus !== false && prometheus.port !== undefined && diagnosis !== false)
      if (diagnosisPlaceOf(diagnosis, prometheus) === 'metrics port') {
        const { port, host } = prometheus;
        const routes = new Map([[diagnosisPathOf(diagnosis), diagnosisRoute(this.#runtime)]]);
        endpoints.push({ purpose: 'diagnosis', address: { port, host }, routes });
      }
    if (health !== false && health.port !== undefined) {
      const { port, host } = health;
      const service = this.#deps.moduleRef.get(HealthService, { strict: false });
      const routes = healthRoutes(pathsOf(health), (...args) => service.answer(...args));
      endpoints.push({ purpose: 'health', address: { port, host }, routes });
    }
    return endpoints;
  }
}

function optionOf({ purpose }: SeparateEndpoint): string {
  return purpose === 'health' ? 'health.port' : 'prometheus.port';
}

/** Options of the endpoints. */
interface EndpointOptions {
  readonly prometheus: PrometheusOptions | false;
  readonly health: HealthOptions | false;
  readonly diagnosis: DiagnosisOptions | false;
}

/** Endpoint with the option of its path, and the place that it shares with other endpoints. */
type PlacedEndpoint = readonly [option: string, place: string, paths: readonly string[]];

/** @throws ConfigurationError `OBS_ENDPOINT_TAKEN` if two endpoints have the same path at the same place. */
export function assertDistinctPaths({ prometheus, health, diagnosis }: EndpointOptions): void {
  const placeOf = ({ port, host }: { port?: number; host?: string }) => [port, host].join();
  const metricsPlace = prometheus === false ? ',' : placeOf(prometheus);
  const placed: PlacedEndpoint[] = [];
  if (health !== false) placed.push(['health', placeOf(health), pathsServed(pathsOf(health))]);
  if (prometheus !== false) placed.push(['prometheus', metricsPlace, metricsPathsOf(prometheus)]);
  if (diagnosis !== false) {
    const isApart = diagnosisPlaceOf(diagnosis, prometheus) === 'metrics port';
    placed.push(['diagnosis', isApart ? metricsPlace : ',', [diagnosisPathOf(diagnosis)]]);
  }
  for (const [i, [option, place, paths]] of placed.entries())
    for (const [other, otherPlace, otherPaths] of placed.slice(0, i)) {
      const shared = place === otherPlace && paths.find((it) => otherPaths.includes(it));
      if (typeof shared === 'string') throw pathTaken(option, other, shared);
    }
}

function pathTaken(option: string, other: string, path: string): ConfigurationError {
  const alias = other === 'health' ? ', or set health.aliases to false' : '';
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: `${option}.path`,
    value: path,
    rule: `the ${other === 'health' ? 'health endpoints answer' : 'metrics endpoint answers'} at that path`,
    remedy: `Choose another ${option}.path or ${other}.path${alias}.`,
  });
}
