import { loadOptionalPeer } from '../../kernel/optional-peer.js';

/** A module of the application; the part that is used here. */
export interface MountedModule {
  readonly controllers: { keys(): Iterable<unknown>; delete(controller: unknown): boolean };
}

const NAME = 'PrometheusController';

/**
 * Takes the controller that `PrometheusModule.register()` of `@willsoto/nestjs-prometheus` mounts off the application's
 * routes when it has our path: which of the two answers would depend on the order of imports, and ours shows its
 * metrics too. A controller class of the application's own is left alone.
 *
 * @param paths - Paths of our endpoint, with their leading slash.
 * @returns Whether there was one.
 */
export async function replaceDefaultController(
  modules: Iterable<MountedModule>,
  paths: readonly string[],
): Promise<boolean> {
  const mounted = [...modules];
  // The package is loaded by whoever mounts its controller; nobody else should have to wait for it.
  if (!mounted.some(({ controllers }) => [...controllers.keys()].some(hasItsName))) return false;
  const peer = await loadOptionalPeer(
    () => import('@willsoto/nestjs-prometheus'),
    '@willsoto/nestjs-prometheus',
  );
  if (peer === undefined) return false;
  const { PrometheusController } = peer;
  const theirs = Reflect.getMetadata('path', PrometheusController) as unknown;
  if (typeof theirs !== 'string' || !paths.includes(`/${theirs.replace(/^\//, '')}`)) return false;
  const replaced = mounted.filter((it) => it.controllers.delete(PrometheusController));
  return replaced.length > 0;
}

function hasItsName(controller: unknown): boolean {
  return typeof controller === 'function' && controller.name === NAME;
}
