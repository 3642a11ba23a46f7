import type { StandardVariables } from '../options/standard-variables.js';

/** Attributes of a resource. */
export type ResourceAttributes = Readonly<Record<string, string | number | boolean>>;

/** Options that describe the service. */
export interface DescribedService {
  readonly serviceName?: string | undefined;
  readonly serviceVersion?: string | undefined;
  readonly environment?: string | undefined;
  readonly labels?: ResourceAttributes | undefined;
}

/** Returns the attributes of a service: options first, then `OTEL_SERVICE_NAME`, then `OTEL_RESOURCE_ATTRIBUTES`. */
export function serviceAttributes(
  { serviceName, serviceVersion, environment, labels }: DescribedService,
  variables: StandardVariables,
): ResourceAttributes {
  const name = variables.text('OTEL_SERVICE_NAME');
  return {
    ...variables.pairs('OTEL_RESOURCE_ATTRIBUTES'),
    ...(name !== undefined && { 'service.name': name }),
    ...labels,
    ...(serviceName !== undefined && { 'service.name': serviceName }),
    ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
    ...(environment !== undefined && { 'deployment.environment.name': environment }),
  };
}
