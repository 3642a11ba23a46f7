import type { IncomingMessage, ServerResponse } from 'node:http';

export type ExpressRequest = IncomingMessage & { readonly originalUrl?: string };

/** Function of a layer of an Express router; a router itself has a `stack`. */
export type ExpressHandler = ((
  request: ExpressRequest,
  response: ServerResponse,
  next: () => void,
) => unknown) & { readonly stack?: ExpressLayer[] };

/** Route of an Express router, as far as it is used. */
export interface ExpressRoute {
  readonly path?: unknown;
  readonly methods: Readonly<Record<string, boolean>>;
  readonly stack?: readonly { readonly handle: unknown }[];
}

/** Layer of an Express router, as far as it is used. */
export interface ExpressLayer {
  handle: ExpressHandler;
  readonly route?: ExpressRoute | undefined;
  /** Path as passed to `use`; routers before 2.3 do not retain it. */
  readonly rawPath?: unknown;
  /** Path that the latest match has consumed, in routers before 2.3. */
  readonly path?: string | undefined;
  /** Parameters of the latest match, in routers before 2.3. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  match(path: string): boolean | LayerMatch;
}

/** Match of a layer as routers return it since 2.3. */
interface LayerMatch {
  readonly path: string;
  readonly params?: Readonly<Record<string, unknown>>;
  /** The one of several paths that matched. */
  readonly pattern?: unknown;
}

/** Express application, as far as it is used. */
export interface ExpressApplication {
  readonly router?: { readonly stack: ExpressLayer[] };
  /** Application in which this one is mounted, at the latest mount. */
  readonly parent?: ExpressApplication;
  enabled?(setting: string): boolean;
}

// Metadata key that Nest copies from a route handler to the function that it registers.
const NEST_ROUTE = 'path';

/** Name of the function by which Express mounts an application, which closes over it. */
const MOUNTED = 'mounted_app';

const mountedApplications = new WeakMap<ExpressHandler, ExpressApplication | undefined>();

/** Returns the application that a layer mounts; `undefined` if it mounts none, or an older Express. */
function mountedBy({ handle }: ExpressLayer): ExpressApplication | undefined {
  if (isApplication(handle)) return handle;
  if (handle.name !== MOUNTED) return undefined;
  if (!mountedApplications.has(handle)) mountedApplications.set(handle, applicationIn(handle));
  return mountedApplications.get(handle);
}

/** Remembers the application that a layer of an older Express mounts. */
export function rememberMounted({ handle }: ExpressLayer, mounted: ExpressApplication): void {
  mountedApplications.set(handle, mounted);
}

/** Returns true for a layer that mounts an application that is not known so far. */
export function mountsUnknown(layer: ExpressLayer): boolean {
  return layer.route === undefined && layer.handle.name === MOUNTED && !mountedBy(layer);
}

/**
 * Finds an application by the prototype that it gives to a request before anything else. The request is refused then, so
 * that none of the application's code sees it.
 */
function applicationIn(handle: ExpressHandler): ExpressApplication | undefined {
  const found: ExpressApplication[] = [];
  const refuse = (): never => {
    throw new Error('refused');
  };
  const request = new Proxy(
    {},
    {
      get: (_, name) => (name === 'app' ? undefined : refuse()),
      setPrototypeOf: (_, prototype) => {
        const { app } = (prototype ?? {}) as { readonly app?: ExpressApplication };
        if (app !== undefined) found.push(app);
        return refuse();
      },
    },
  ) as ExpressRequest;
  const response = { setHeader: () => undefined } as unknown as ServerResponse;
  try {
    void handle(request, response, () => undefined);
  } catch {
    // The request was refused.
  }
  return found[0];
}

function isApplication(it: unknown): it is ExpressApplication {
  const { handle, set } = it as { readonly handle?: unknown; readonly set?: unknown };
  return typeof handle === 'function' && typeof set === 'function';
}

/** Returns the layers of an application; none before its first route. */
export function stackOf(express: ExpressApplication): ExpressLayer[] {
  // The `router` of Express 4 is a getter that throws.
  const { _router: older } = express as { readonly _router?: ExpressApplication['router'] };
  return (older ?? express.router)?.stack ?? [];
}

/** Returns the layers of the router or the application that a layer mounts; `undefined` for any other layer. */
export function layersBelow(layer: ExpressLayer): ExpressLayer[] | undefined {
  if (layer.route !== undefined) return undefined;
  const mounted = mountedBy(layer);
  return mounted === undefined ? layer.handle.stack : stackOf(mounted);
}

/** Returns true for a route of a controller, or one whose handler cannot pass a request on. */
export function isAnswering({ stack }: ExpressRoute): boolean {
  const last = stack?.at(-1)?.handle;
  if (typeof last !== 'function') return false;
  return last.length <= 2 || Reflect.hasMetadata(NEST_ROUTE, last);
}

/** Visits all layers of an application and of what it mounts. */
export function* layersOf(stack: readonly ExpressLayer[]): Generator<ExpressLayer, void> {
  for (const layer of stack) {
    yield layer;
    yield* layersOf(layersBelow(layer) ?? []);
  }
}

/** Match of a layer. */
export interface MatchedPath {
  /** Part of the path that the layer consumes. */
  readonly consumed: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Path as passed to `use`, if the router retains it. */
  readonly pattern: unknown;
}

/** Matches a path as the router does; `undefined` if it does not match. */
export function matchedPath(layer: ExpressLayer, path: string): MatchedPath | undefined {
  const match = matchOf(layer, path);
  if (match === false) return undefined;
  const { path: consumed = '', params = {} } = match === true ? layer : match;
  return { consumed, params, pattern: match === true ? undefined : match.pattern };
}

function matchOf(layer: ExpressLayer, path: string): boolean | LayerMatch {
  try {
    return layer.match(path);
  } catch {
    // A parameter that cannot be decoded, which the router answers with 400.
    return false;
  }
}
