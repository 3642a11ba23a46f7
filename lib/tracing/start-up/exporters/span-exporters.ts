import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { OtlpAgents } from '../../../otlp/agents.js';
import { exporterConfig, refusedConfiguration } from '../../../otlp/exporter-package.js';
import type { ExporterPlan, OtlpExporterPlan } from '../options/exporter-plan.js';
import { type ExporterModule, packageOf, type TracePeers } from '../sdk/trace-peers.js';
import { boundConnections, type CreatedExporter } from './bounded-connections.js';

/**
 * Creates the exporter of a plan.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when the exporter rejects its configuration.
 */
export function createExporter(plan: ExporterPlan, peers: TracePeers): CreatedExporter {
  try {
    return create(plan, peers);
  } catch (error) {
    throw refusedConfiguration(`exporter ${plan.name}`, plan.type, error);
  }
}

function create(plan: ExporterPlan, peers: TracePeers): CreatedExporter {
  if (plan.type === 'custom') return { exporter: plan.exporter as unknown as SpanExporter };
  if (plan.type === 'console') return { exporter: peers.sdk.createConsoleExporter() };
  const name = packageOf(plan) ?? '';
  const module = peers.exporters.get(name) ?? {};
  if (plan.type === 'zipkin') {
    const { url, headers, timeoutMs } = plan;
    return boundConnections(construct(module, 'ZipkinExporter', { url, headers }), timeoutMs);
  }
  return createOtlp(plan, module, peers);
}

function createOtlp(
  plan: OtlpExporterPlan,
  module: ExporterModule,
  { requireOfGrpc }: TracePeers,
): CreatedExporter {
  const agents = new OtlpAgents();
  const config = exporterConfig(plan, agents, (name) => requireOfGrpc?.(name));
  const exporter = construct(module, 'OTLPTraceExporter', config);
  return { exporter, disconnect: () => agents.end() };
}

function construct(
  module: ExporterModule,
  className: string,
  config: Record<string, unknown>,
): SpanExporter {
  const Exporter = module[className];
  if (Exporter === undefined) throw new Error(`${className} is not in the package`);
  return new Exporter(config);
}
