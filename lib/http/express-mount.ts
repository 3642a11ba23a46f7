/** What is read of a router of Express. */
interface RouterLike {
  readonly stack?: readonly LayerLike[];
}

interface LayerLike {
  readonly route?: object;
  readonly handle?: RouterLike;
  /** As it was given to `use`; routers before 2.3 do not keep it. */
  readonly rawPath?: unknown;
}

/** What is read of an application of Express. */
export interface ExpressLike {
  readonly router?: RouterLike;
}

// The path at which a router is mounted is not told to a request, only what of its own path stood there.
const UNKNOWN_MOUNT = '*';

/** Template of the path at which the router of a route is mounted in an application; `*` when it cannot be told. */
export function mountOf(route: object, { router }: ExpressLike): string {
  return findMount(route, router) ?? UNKNOWN_MOUNT;
}

function findMount(route: object, router: RouterLike | undefined): string | undefined {
  for (const layer of router?.stack ?? []) {
    if (layer.route === route) return '';
    const below = layer.handle?.stack && findMount(route, layer.handle);
    if (below !== undefined) return mountPath(layer.rawPath) + below;
  }
  return undefined;
}

function mountPath(path: unknown): string {
  if (typeof path !== 'string') return UNKNOWN_MOUNT;
  return path === '/' ? '' : path;
}
