import { RequestMethod } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** Keeps paths out of the application's global prefix. To be called before Nest registers routes. */
export function excludeFromGlobalPrefix(config: ApplicationConfig, paths: readonly string[]): void {
  const { exclude = [], ...options } = config.getGlobalPrefixOptions();
  const added = paths.map((path) => ({
    path,
    requestMethod: RequestMethod.ALL,
    pathRegex: new RegExp(`^${path.replace(/[.~]/g, '\\$&')}/?$`),
  }));
  config.setGlobalPrefixOptions({ ...options, exclude: [...exclude, ...added] });
}
