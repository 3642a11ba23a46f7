import { ifMissing } from '../../kernel/peers/optional-peer.js';

/** Application module, with the members that this library uses. */
export interface MountedModule {
  readonly controllers: { keys(): Iterable<unknown>; delete(controller: unknown): boolean };
}

const NAME = 'PrometheusController';

/**
 * Removes the controller that `PrometheusModule.register()` of `@willsoto/nestjs-prometheus` mounts at the path of our
 * endpoint. Otherwise the import order would decide which of the two answers; our endpoint includes the metrics of that
 * package. A custom controller class stays mounted.
 *
 * @param paths - Paths of our endpoint, with a leading slash.
 * @returns True when a controller was removed.
 */
export async function replaceDefaultController(
  modules: Iterable<MountedModule>,
  paths: readonly string[],
): Promise<boolean> {
  const mounted = [...modules];
  // An application with this controller has already loaded the package; others must not wait for it.
  if (!mounted.some(({ controllers }) => [...controllers.keys()].some(hasItsName))) return false;
  const peer = await importPeer();
  if (peer === undefined) return false;
  const { PrometheusController } = peer;
  const theirs = Reflect.getMetadata('path', PrometheusController) as unknown;
  if (typeof theirs !== 'string' || !paths.includes(`/${theirs.replace(/^\//, '')}`)) return false;
  const replaced = mounted.filter((it) => it.controllers.delete(PrometheusController));
  return replaced.length > 0;
}

async function importPeer() {
  try {
    return await import('@willsoto/nestjs-prometheus');
  } catch (error) {
    return ifMissing(error, '@willsoto/nestjs-prometheus');
  }
}

function hasItsName(controller: unknown): boolean {
  return typeof controller === 'function' && controller.name === NAME;
}
