import type { ModulesContainer } from '@nestjs/core';
import { loadOptionalPeer } from '../../kernel/optional-peer.js';

/**
 * Takes the controller that `PrometheusModule.register()` of `@willsoto/nestjs-prometheus` mounts off the application's
 * routes when it has our path: which of the two answers would depend on the order of imports, and ours shows its
 * metrics too. A controller class of the application's own is left alone.
 *
 * @param path - Path of our endpoint, with its leading slash.
 * @returns Whether there was one.
 */
export async function replaceDefaultController(
  modules: ModulesContainer,
  path: string,
): Promise<boolean> {
  const peer = await loadOptionalPeer(
    () => import('@willsoto/nestjs-prometheus'),
    '@willsoto/nestjs-prometheus',
  );
  if (peer === undefined) return false;
  const { PrometheusController } = peer;
  const theirs = Reflect.getMetadata('path', PrometheusController) as unknown;
  if (typeof theirs !== 'string' || `/${theirs.replace(/^\//, '')}` !== path) return false;
  return [...modules.values()].some(({ controllers }) => controllers.delete(PrometheusController));
}
