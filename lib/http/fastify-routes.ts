import type FindMyWay from 'find-my-way';

/** Route as reported by Fastify. */
export interface FastifyRoute {
  readonly method: string | readonly string[];
  readonly url: string;
  /** Path without the prefix of the plugin. */
  readonly routePath?: string | undefined;
}

type Router = FindMyWay.Instance<FindMyWay.HTTPVersion.V1>;

/** Router options that influence which paths match. */
interface RouterOptions {
  readonly caseSensitive?: boolean;
  readonly ignoreTrailingSlash?: boolean;
  readonly ignoreDuplicateSlashes?: boolean;
  readonly maxParamLength?: number;
  readonly useSemicolonDelimiter?: boolean;
}

/** `initialConfig` of a Fastify application: its router options, in the form of the current or an older release. */
export interface FastifyConfig extends RouterOptions {
  readonly routerOptions?: RouterOptions;
}

/** Routes of a Fastify application by the paths that they match, which Fastify does not expose. */
export class FastifyRoutes {
  readonly #config: FastifyConfig;
  readonly #routes: FastifyRoute[] = [];
  #FindMyWay: typeof FindMyWay | undefined;
  #router: Router | undefined;

  constructor(config: FastifyConfig) {
    this.#config = config;
  }

  /** Loads the router. Call it before the first request. The package belongs to Fastify and is already loaded. */
  async load(): Promise<void> {
    const { default: findMyWay } = await import('find-my-way');
    this.#FindMyWay = findMyWay;
  }

  /** Adds a route. The first of several equal routes wins. */
  add({ method, url, routePath }: FastifyRoute): void {
    this.#routes.push({ method, url, routePath });
    this.#router = undefined;
  }

  /** Returns the template of the route that matches a request, ignoring the constraints of the route. */
  find(method: string, url: string): string | undefined {
    this.#router ??= this.#makeRouter();
    const found = this.#router?.find(method as FindMyWay.HTTPMethod, url);
    return found?.store as string | undefined;
  }

  #makeRouter(): Router | undefined {
    const router = this.#FindMyWay?.(routerOptions(this.#config));
    if (router === undefined) return undefined;
    for (const route of this.#routes) addRoute(router, route, route.url);
    // Also served with a trailing slash, unless Fastify has reported that route, as it does for the
    // HEAD routes that it adds.
    const roots = this.#routes.filter(({ routePath }) => routePath === '');
    for (const route of roots) addRoute(router, route, `${route.url}/`);
    return router;
  }
}

function addRoute(router: Router, { method, url }: FastifyRoute, path: string): void {
  for (const it of [method].flat()) {
    try {
      router.on(it as FindMyWay.HTTPMethod, path, () => undefined, url);
    } catch {
      // Differs from another route in its constraints only, or Fastify has rejected it too.
    }
  }
}

function routerOptions(config: FastifyConfig) {
  const both = [config, config.routerOptions ?? {}];
  const isAsked = (key: keyof RouterOptions) => both.some((it) => it[key] === true);
  return {
    caseSensitive: both.every((it) => it.caseSensitive !== false),
    ignoreTrailingSlash: isAsked('ignoreTrailingSlash'),
    ignoreDuplicateSlashes: isAsked('ignoreDuplicateSlashes'),
    // Missing in the types.
    useSemicolonDelimiter: isAsked('useSemicolonDelimiter'),
    maxParamLength: Math.max(100, ...both.map((it) => it.maxParamLength ?? 0)),
    // Fastify has validated them.
    allowUnsafeRegex: true,
  };
}
