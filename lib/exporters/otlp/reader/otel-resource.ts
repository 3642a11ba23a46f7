import { randomUUID } from 'node:crypto';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { libraryName, libraryVersion } from '../../../kernel/library.js';
import type { ExportedApplication } from '../../port/metrics-exporter.js';
import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from '../encoding/metric-encoding.js';
import { formatMetrics } from './otel-metrics.format.js';

/** Attributes of a resource. */
export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>;

type Resource = ResourceMetrics['resource'];

const scope = { name: libraryName, version: libraryVersion };

/** The metrics of a snapshot, all in the library's scope. */
export function resourceMetrics(
  snapshot: RegistrySnapshot,
  encoding: MetricEncoding,
  resource: Resource,
): ResourceMetrics {
  return { resource, scopeMetrics: [{ scope, metrics: formatMetrics(snapshot, encoding) }] };
}

/** A resource as exporters read it: they look at its attributes only. */
export function resourceOf(attributes: ResourceAttributes): Resource {
  const resource = {
    attributes,
    asyncAttributesPending: false,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource as unknown as Resource;
}

/**
 * What the resource of an application says: the exporter's own attributes before the options of the module, before
 * `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`.
 */
export function resourceAttributes(
  { serviceName, serviceVersion, environment, labels }: ExportedApplication,
  own: ResourceAttributes,
  env: Readonly<Record<string, string | undefined>>,
): ResourceAttributes {
  return {
    'service.name': 'unknown_service:node',
    'service.instance.id': randomUUID(),
    ...variableAttributes(env['OTEL_RESOURCE_ATTRIBUTES']),
    ...(env['OTEL_SERVICE_NAME'] && { 'service.name': env['OTEL_SERVICE_NAME'] }),
    ...labels,
    ...(serviceName !== undefined && { 'service.name': serviceName }),
    ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
    ...(environment !== undefined && { 'deployment.environment.name': environment }),
    ...own,
  };
}

/** Pairs as in `a=1,b=2`, with percent-encoded values. One broken pair discards all, as the specification asks. */
function variableAttributes(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((it) => it.trim() !== '');
  try {
    return Object.fromEntries(pairs.map(parsePair));
  } catch {
    return {};
  }
}

function parsePair(pair: string): [string, string] {
  const split = pair.indexOf('=');
  if (split < 1) throw new Error('no name');
  return [pair.slice(0, split).trim(), decodeURIComponent(pair.slice(split + 1).trim())];
}
