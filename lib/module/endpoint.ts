import { Controller, RequestMethod, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { MetricsController } from '../exporters/prometheus/http/metrics.controller.js';
import type { ObservabilityOptions } from './options/observability-options.js';
import type { PrometheusOptions } from './options/prometheus-options.js';

/** Default path of the metrics endpoint. */
export const METRICS_PATH = '/metrics';

// Machine-readable endpoints do not belong in an application's OpenAPI document.
const SWAGGER_EXCLUDE = 'swagger/apiExcludeController';
// Metadata key of the path on `@Controller`, which Nest does not export.
const PATH_METADATA = 'path';

/** Returns a controller class for this application, so that its metadata does not affect other applications. */
export function metricsController({ controller, path, guards = [] }: PrometheusOptions): Type {
  const base = controller ?? MetricsController;
  const Mounted = { [base.name]: class extends base {} }[base.name] as Type;
  if (controller === undefined || path !== undefined) {
    Controller({ path: path ?? METRICS_PATH, version: VERSION_NEUTRAL })(Mounted);
  }
  if (guards.length > 0) UseGuards(...guards)(Mounted);
  Reflect.defineMetadata(SWAGGER_EXCLUDE, [true], Mounted);
  return Mounted;
}

/** Returns the paths of a controller class, with their leading slash. */
export function controllerPaths(controller: Type): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined;
  return [path ?? ''].flat().map((it) => `/${it.replace(/^\/+|\/+$/g, '')}`);
}

/** Excludes paths from the application's global prefix. Call it before Nest registers routes. */
export function excludeFromGlobalPrefix(config: ApplicationConfig, paths: readonly string[]): void {
  const { exclude = [], ...options } = config.getGlobalPrefixOptions();
  const added = paths.map((path) => ({
    path,
    requestMethod: RequestMethod.ALL,
    pathRegex: new RegExp(`^${path.replace(/[.~]/g, '\\$&')}/?$`),
  }));
  config.setGlobalPrefixOptions({ ...options, exclude: [...exclude, ...added] });
}

/** Returns the labels of every sample on the page. */
export function globalLabels({
  serviceName,
  environment,
  labels,
}: ObservabilityOptions): Record<string, string> {
  return {
    ...labels,
    ...(serviceName !== undefined && { service: serviceName }),
    ...(environment !== undefined && { environment }),
  };
}
