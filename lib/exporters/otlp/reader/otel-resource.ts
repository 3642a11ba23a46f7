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

/** The metrics of a snapshot, all in the library's scope. */
export function resourceMetrics(
  snapshot: RegistrySnapshot,
  encoding: MetricEncoding,
  resource: Resource,
): ResourceMetrics {
  return { resource, scopeMetrics: [{ scope, metrics: formatMetrics(snapshot, encoding) }] };
}

/** A resource for OpenTelemetry's exporters, which read its attributes only. */
export function resourceOf(attributes: ResourceAttributes): Resource {
  const resource = {
    attributes,
    asyncAttributesPending: false,
    merge: () => resource,
    getRawAttributes: () => Object.entries(attributes),
  };
  return resource as unknown as Resource;
}

/** Attributes of the resource of an application: those of the exporter come first. */
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
