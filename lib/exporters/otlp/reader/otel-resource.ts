import { randomUUID } from 'node:crypto';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type ResourceAttributes, serviceAttributes } from '../../../otlp/resource-attributes.js';
import type { StandardVariables } from '../../../options/standard-variables.js';
import { libraryName, libraryVersion } from '../../../kernel/library.js';
import type { ExportedApplication } from '../../port/metrics-exporter.js';
import type { RegistrySnapshot } from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from '../encoding/metric-encoding.js';
import { formatMetrics } from './otel-metrics.format.js';

type Resource = ResourceMetrics['resource'];

const scope = { name: libraryName, version: libraryVersion };

/** Returns the metrics of a snapshot in the library's scope. */
export function resourceMetrics(
  snapshot: RegistrySnapshot,
  encoding: MetricEncoding,
  resource: Resource,
): ResourceMetrics {
  return { resource, scopeMetrics: [{ scope, metrics: formatMetrics(snapshot, encoding) }] };
}

/** Returns a resource for OpenTelemetry's exporters, which read its attributes only. */
export function resourceOf(attributes: ResourceAttributes): Resource {
  const resource = {
    attributes,
    asyncAttributesPending: false,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource as unknown as Resource;
}

/** Returns the resource attributes of an application. Attributes of the exporter take precedence. */
export function resourceAttributes(
  application: ExportedApplication,
  own: ResourceAttributes,
  variables: StandardVariables,
): ResourceAttributes {
  return {
    'service.name': 'unknown_service:node',
    'service.instance.id': randomUUID(),
    ...serviceAttributes(application, variables),
    ...own,
  };
}
