import type FindMyWay from 'find-my-way';

/** A route as Fastify tells of it. */
export interface FastifyRoute {
  readonly method: string | readonly string[];
  readonly url: string;
  /** Without the prefix of its plugin. */
  readonly routePath?: string | undefined;
}

type Router = FindMyWay.Instance<FindMyWay.HTTPVersion.V1>;

/** What decides which paths a route matches. */
interface RouterOptions {
  readonly caseSensitive?: boolean;
  readonly ignoreTrailingSlash?: boolean;
  readonly ignoreDuplicateSlashes?: boolean;
  readonly maxParamLength?: number;
  readonly useSemicolonDelimiter?: boolean;
}

/** The `initialConfig` of a Fastify application: its options for the router, all of them or those of older releases. */
export interface FastifyConfig extends RouterOptions {
  readonly routerOptions?: RouterOptions;
}

/** The routes of a Fastify application by the paths that they match: Fastify keeps that to itself. */
export class FastifyRoutes {
  readonly #config: FastifyConfig;
  readonly #routes: FastifyRoute[] = [];
  #FindMyWay: typeof FindMyWay | undefined;
  #router: Router | undefined;

  constructor(config: FastifyConfig) {
    this.#config = config;
  }

  /** To be called before the first request; the package is Fastify's own, and loaded already. */
  async load(): Promise<void> {
    const { default: findMyWay } = await import('find-my-way');
    this.#FindMyWay = findMyWay;
  }

  /** Adds a route; the first of those that match the same counts. */
  add({ method, url, routePath }: FastifyRoute): void {
    this.#routes.push({ method, url, routePath });
    this.#router = undefined;
  }

  /** Template of the route that a request matches, whatever else its route asks for. */
  find(method: string, url: string): string | undefined {
    this.#router ??= this.#makeRouter();
    const found = this.#router?.find(method as FindMyWay.HTTPMethod, url);
    return found?.store as string | undefined;
  }

  #makeRouter(): Router | undefined {
    const router = this.#FindMyWay?.(routerOptions(this.#config));
    if (router === undefined) return undefined;
    for (const route of this.#routes) addRoute(router, route, route.url);
    // Served with a slash at its end as well, unless Fastify told of that: it does of those for HEAD that it adds.
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
      // The same as another but for its constraints, or refused by Fastify as well.
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
    // Its types do not have it yet.
    useSemicolonDelimiter: isAsked('useSemicolonDelimiter'),
    maxParamLength: Math.max(100, ...both.map((it) => it.maxParamLength ?? 0)),
    // Fastify has checked them.
    allowUnsafeRegex: true,
  };
}
