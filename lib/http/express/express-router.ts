import {
  type ExpressApplication,
  type ExpressLayer,
  type ExpressRequest,
  isAnswering,
  layersBelow,
  matchedPath,
} from './express-layers.js';

/** Endpoint of the library with the layers that were registered for it. */
export interface ExpressEndpoint {
  readonly path: string;
  readonly layers: readonly ExpressLayer[];
}

// No application serves it by an exact path.
const ANY = 'zq7w1x5k';
const READS = ['get', 'head', '_all'];

/**
 * Puts the library's endpoints in order with the application's routes, by asking the router: a route with the same exact
 * path comes first, and a route or handler that matches any path lets these requests pass. Middleware is unaffected.
 */
export class ExpressPrecedence {
  readonly #stack: ExpressLayer[];
  readonly #ours: Set<ExpressLayer>;
  readonly #passed: RequestPaths;
  readonly #skipping = new Set<ExpressLayer>();

  constructor(express: ExpressApplication, endpoints: readonly ExpressEndpoint[]) {
    this.#stack = express.router?.stack ?? [];
    this.#ours = new Set(endpoints.flatMap(({ layers }) => layers));
    this.#passed = new RequestPaths(express);
  }

  /** Returns true if the application itself serves the path of an endpoint. */
  settle({ path, layers }: ExpressEndpoint): boolean {
    const exact = this.#stack.filter((it) => this.#serves(it, path));
    const last = exact.at(-1);
    if (last === undefined) {
      this.#passed.add(path);
      return false;
    }
    if (layers.some((it) => this.#stack.indexOf(it) < this.#stack.indexOf(last))) {
      const others = this.#stack.filter((it) => !layers.includes(it));
      others.splice(others.indexOf(last) + 1, 0, ...layers);
      this.#stack.splice(0, this.#stack.length, ...others);
    }
    return true;
  }

  /**
   * Returns true for a layer that serves exactly this path; a layer that serves any path is told to let it pass.
   *
   * @param path - Path below the router of the layer.
   * @param isBelowPattern - True if the router is mounted at a pattern.
   */
  #serves(layer: ExpressLayer, path: string, isBelowPattern = false): boolean {
    const match = this.#ours.has(layer) ? undefined : matchedPath(layer, path);
    if (match === undefined) return false;
    const { consumed } = match;
    const stack = layersBelow(layer);
    if (stack !== undefined) {
      const isPattern = isBelowPattern || (consumed !== '' && matchesAny(layer, consumed));
      const below = path.slice(consumed.length) || '/';
      return stack.filter((it) => this.#serves(it, below, isPattern)).length > 0;
    }
    if (!isTerminal(layer) || !this.#isBeforeOurs(layer)) return false;
    if (!isBelowPattern && !matchesAny(layer, path)) return true;
    this.#skip(layer);
    return false;
  }

  /** Returns true for a route, and for a handler in front of the endpoints: behind them is the one for unknown paths. */
  #isBeforeOurs(layer: ExpressLayer): boolean {
    if (layer.route !== undefined) return true;
    const index = this.#stack.indexOf(layer);
    return this.#stack.findLastIndex((it) => this.#ours.has(it)) > index;
  }

  #skip(layer: ExpressLayer): void {
    if (this.#skipping.has(layer)) return;
    this.#skipping.add(layer);
    const { handle } = layer;
    const passed = this.#passed;
    layer.handle = (request, response, next) =>
      passed.has(request) ? next() : handle(request, response, next);
  }
}

/** Returns true for a layer that answers: a route of a controller, or a function that cannot pass a request on. */
function isTerminal({ route, handle }: ExpressLayer): boolean {
  if (route === undefined) return handle.length <= 2;
  return READS.some((it) => route.methods[it] === true) && isAnswering(route);
}

/** Returns true for a layer that matches other paths as well: a pattern matches them, and an exact path does not. */
function matchesAny(layer: ExpressLayer, path: string): boolean {
  const segments = path.split('/').slice(1);
  const others = segments.map((_, i) => `/${segments.with(i, ANY).join('/')}`);
  return [...others, path + ANY].some((it) => matchedPath(layer, it) !== undefined);
}

/** Reading requests to certain paths, compared as the router of an application does. */
class RequestPaths {
  readonly #paths = new Set<string>();
  readonly #isSensitive: boolean;
  readonly #isStrict: boolean;

  constructor(express: ExpressApplication) {
    this.#isSensitive = express.enabled?.('case sensitive routing') === true;
    this.#isStrict = express.enabled?.('strict routing') === true;
  }

  add(path: string): void {
    this.#paths.add(this.#normalized(path));
  }

  has({ method, originalUrl = '' }: ExpressRequest): boolean {
    if (method !== 'GET' && method !== 'HEAD') return false;
    const query = originalUrl.indexOf('?');
    return this.#paths.has(
      this.#normalized(query === -1 ? originalUrl : originalUrl.slice(0, query)),
    );
  }

  #normalized(path: string): string {
    const known = this.#isSensitive ? path : path.toLowerCase();
    return this.#isStrict || known.length < 2 || !known.endsWith('/') ? known : known.slice(0, -1);
  }
}
