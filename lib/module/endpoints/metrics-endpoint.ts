import { Controller, RequestMethod, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { MetricsController } from '../../exporters/prometheus/http/metrics.controller.js';
import type { ObservabilityOptions } from '../options/observability-options.js';
import type { PrometheusOptions } from '../options/prometheus-options.js';
import { prepareController } from './endpoint-controller.js';

/** Default path of the metrics endpoint. */
export const METRICS_PATH = '/metrics';

// Metadata key of the path on `@Controller`, which Nest does not export.
const PATH_METADATA = 'path';

/** Returns a controller class for this application, so that its metadata does not affect other applications. */
export function metricsController({
  controller,
  path,
  guards,
  decorators,
}: PrometheusOptions): Type {
  const base = controller ?? MetricsController;
  // Throttlers count requests by the names of class and handler, and an application may have such a class, too.
  const name = controller === undefined ? 'ObservabilityMetricsController' : base.name;
  const Mounted = { [name]: class extends base {} }[name] as Type;
  if (controller === undefined || path !== undefined) {
    Controller({ path: path ?? METRICS_PATH, version: VERSION_NEUTRAL })(Mounted);
  }
  const isPathNamed = path !== undefined || !controllerPaths(base).includes(METRICS_PATH);
  const isNamed = (below: string) => (below === '/' ? isPathNamed : undefined);
  prepareController(Mounted, { purpose: 'metrics', isNamed, guards, decorators });
  return Mounted;
}

/** Returns the paths of a controller class, with their leading slash. */
export function controllerPaths(controller: Type): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, controller) as string | string[] | undefined;
  return [path ?? ''].flat().map((it) => `/${it.replace(/^\/+|\/+$/g, '')}`);
}

/** Returns the paths of the metrics, with their leading slash. */
export function metricsPathsOf({ controller, path }: PrometheusOptions): string[] {
  return path === undefined && controller !== undefined
    ? controllerPaths(controller)
    : [path ?? METRICS_PATH];
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

/** Returns the paths of an endpoint that is outside the global prefix; none otherwise. */
export function outside(
  endpoint: { readonly excludeFromGlobalPrefix?: boolean } | false,
  paths: readonly string[],
): readonly string[] {
  return endpoint !== false && endpoint.excludeFromGlobalPrefix === true ? paths : [];
}

/** Returns paths with the global prefix, except for those outside it. */
export function servedPaths(
  {
    paths,
    outsidePrefix,
  }: { readonly paths: readonly string[]; readonly outsidePrefix: readonly string[] },
  globalPrefix: string,
): string[] {
  const prefix = globalPrefix.replace(/^\/*(?=.)/, '/').replace(/\/+$/, '');
  const prefixed = (path: string) => (path === '/' ? prefix || path : prefix + path);
  return paths.map((it) => (outsidePrefix.includes(it) ? it : prefixed(it)));
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
