import { createRequire } from 'node:module';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { ExporterPlan, OtlpExporterPlan } from '../options/exporter-plan.js';
import { type ExporterModule, exporterPackage, type TracePeers } from '../sdk/trace-peers.js';
import {
  boundConnections,
  type CreatedExporter,
  type DisconnectingAgents,
  disconnectingAgents,
} from './bounded-connections.js';

/** `@grpc/grpc-js`, as much of it as is used. */
interface GrpcModule {
  readonly Metadata: new () => { set(name: string, value: string): void };
}

/**
 * Makes the exporter of a plan.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` when the exporter refuses its configuration.
 */
export function createExporter(plan: ExporterPlan, peers: TracePeers): CreatedExporter {
  try {
    return create(plan, peers);
  } catch (error) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: `exporter ${plan.name}`,
      value: plan.type,
      rule: `its package must accept the configuration (${(error as Error).message})`,
      remedy: 'Correct the options of the exporter, or the OTEL_EXPORTER_ variables.',
    });
  }
}

function create(plan: ExporterPlan, peers: TracePeers): CreatedExporter {
  if (plan.type === 'custom') return { exporter: plan.exporter as unknown as SpanExporter };
  if (plan.type === 'console') return { exporter: peers.sdk.createConsoleExporter() };
  const name = exporterPackage(plan) ?? '';
  const module = peers.exporters.get(name) ?? {};
  if (plan.type === 'zipkin') {
    const { url, headers, timeoutMs } = plan;
    return boundConnections(construct(module, 'ZipkinExporter', { url, headers }), timeoutMs);
  }
  return plan.protocol === 'grpc' ? createGrpc(plan, module, name) : createHttp(plan, module);
}

function createHttp(plan: OtlpExporterPlan, module: ExporterModule): CreatedExporter {
  const { url, headers, compression, timeoutMs } = plan;
  // Agents of ours would take the place of those that the exporter makes with the certificates.
  const agents: DisconnectingAgents | undefined = plan.usesCertificateFiles
    ? undefined
    : disconnectingAgents();
  const exporter = construct(module, 'OTLPTraceExporter', {
    url,
    headers,
    compression,
    timeoutMillis: timeoutMs,
    ...(agents && { httpAgentOptions: agents.create }),
  });
  return { exporter, disconnect: agents?.disconnect };
}

function createGrpc(
  plan: OtlpExporterPlan,
  module: ExporterModule,
  packageName: string,
): CreatedExporter {
  const { url, headers, compression, timeoutMs } = plan;
  const metadata = grpcMetadata(headers, packageName);
  const config = { url, metadata, compression, timeoutMillis: timeoutMs };
  return { exporter: construct(module, 'OTLPTraceExporter', config) };
}

/** gRPC takes headers in a class of its own; it must be that of the package which the exporter uses. */
function grpcMetadata(headers: Readonly<Record<string, string>>, packageName: string): unknown {
  const ofExporter = createRequire(createRequire(import.meta.url).resolve(packageName));
  const { Metadata } = ofExporter('@grpc/grpc-js') as GrpcModule;
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
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
