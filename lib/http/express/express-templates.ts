import {
  type ExpressApplication,
  type ExpressLayer,
  type ExpressRoute,
  isAnswering,
  layersBelow,
  type MatchedPath,
  matchedPath,
  mountsUnknown,
  rememberMounted,
  stackOf,
} from './express-layers.js';

// No application has it in a path, so a layer that matches it there has a parameter.
const ANY = 'zq7w1x5k';
const UNKNOWN_MOUNT = '*';
/** Templates that are found by trial per layer, because the router does not retain them. */
const FOUND_BY_TRIAL = 16;
/** A single wildcard, with which Nest binds middleware to all paths. */
const EVERYTHING = /^\/?(?:\*\w*|\{\/?\*\w+\})$/;

/** Layer that matches a path, with the templates of the routers above it. */
interface Place {
  readonly layer: ExpressLayer;
  /** Template of the part that the routers consume. */
  readonly mount: string;
  /** Part of the path that the routers consume. */
  readonly consumed: string;
  /** Match of the layer itself. */
  readonly match: MatchedPath;
}

/** Search for layers in the routers of an application. */
interface Search {
  /** Applications from that of the request up to the root, for those that are not known by their mount. */
  readonly chain: readonly ExpressApplication[];
  isMeant(layer: ExpressLayer): boolean;
}

/** Request as Express leaves it. */
export interface ExpressEnd {
  readonly method: string;
  /** Path without the query, as the client sent it. */
  readonly path: string;
  /** Part of the path that routers had consumed at the end. */
  readonly baseUrl: string;
  /** Application that handled it last. */
  readonly app: ExpressApplication | undefined;
  /** Application of Nest. */
  readonly root: ExpressApplication | undefined;
}

/** Returns the template of a route with the paths at which its routers and applications are mounted. */
export function routeWithMounts(
  route: ExpressRoute,
  path: string,
  end: ExpressEnd,
): string | undefined {
  const { root, chain } = applicationsOf(end);
  const search = { chain, isMeant: (it: ExpressLayer) => it.route === route };
  const places = [...placesOf(stackOf(root), end.path, search)];
  const place = places.find(({ consumed }) => isSame(consumed, end.baseUrl));
  if (place !== undefined) return `${place.mount}${path}`;
  // The request left the route, and a middleware with a path of its own answered.
  const bound = boundMiddleware(end);
  if (bound !== undefined) return bound;
  const mount = places[0]?.mount ?? mountOf(stackOf(root), search) ?? UNKNOWN_MOUNT;
  return `${mount}${path}`;
}

/** Returns the path to which the middleware that answered is bound; `undefined` if it is bound to none. */
export function boundMiddleware(end: ExpressEnd): string | undefined {
  if (end.baseUrl === '') return undefined;
  const { root, chain } = applicationsOf(end);
  const isMeant = ({ route, handle }: ExpressLayer) => route === undefined && handle.length < 4;
  const places = [...placesOf(stackOf(root), end.path, { chain, isMeant })]
    .filter(({ consumed, match }) => isSame(consumed + match.consumed, end.baseUrl))
    .map(({ layer, mount, match }) => mount + patternOf(layer, match, end.path))
    .filter((it) => it !== '' && !isEverything(it));
  const literal = end.baseUrl.toLowerCase();
  return places.find((it) => isSame(it.toLowerCase(), literal)) ?? places.at(-1);
}

/** Returns the template of the route that would have handled a request. */
export function routeAhead(end: ExpressEnd): string | undefined {
  const { root, chain } = applicationsOf(end);
  const isMeant = ({ route, handle }: ExpressLayer) =>
    route === undefined ? handle.length < 4 : handles(route, end.method);
  let bound: string | undefined;
  for (const { layer, mount, match } of placesOf(stackOf(root), end.path, { chain, isMeant })) {
    const { route } = layer;
    if (route === undefined) {
      const path = mount + patternOf(layer, match, end.path);
      if (path !== '' && !isEverything(path)) bound = path;
    } else {
      const path = routeTemplate(route.path);
      if (path !== undefined) return `${mount}${path}`;
    }
  }
  return bound;
}

function handles(route: ExpressRoute, method: string): boolean {
  const name = method.toLowerCase();
  const { methods } = route;
  const has = methods[name] === true || methods['_all'] === true;
  return (has || (name === 'head' && methods['get'] === true)) && isAnswering(route);
}

/** Returns true for a template that matches all paths. */
export function isEverything(template: string): boolean {
  return EVERYTHING.test(template);
}

/**
 * Returns the path of a route as text. Nest registers paths without a leading slash for unmatched
 * requests below a prefix.
 */
export function routeTemplate(path: unknown): string | undefined {
  if (typeof path === 'string') return path.startsWith('/') ? path : undefined;
  return path instanceof RegExp || Array.isArray(path) ? String(path) : undefined;
}

function applicationsOf({ app, root = app }: ExpressEnd) {
  const chain: ExpressApplication[] = [];
  for (let it = app; it !== undefined && !chain.includes(it); it = it.parent) chain.push(it);
  // An application of Nest may itself be mounted.
  const top = root === undefined || chain.includes(root) ? chain.at(-1) : root;
  return { root: top ?? {}, chain };
}

function* placesOf(
  stack: readonly ExpressLayer[],
  path: string,
  search: Search,
): Generator<Place, void> {
  for (const layer of stack) {
    const below = layersIn(layer, search.chain);
    if (below === undefined && !search.isMeant(layer)) continue;
    const match = matchedPath(layer, path);
    if (match === undefined) continue;
    if (below === undefined) {
      yield { layer, mount: '', consumed: '', match };
      continue;
    }
    const template = patternOf(layer, match, path);
    const { consumed } = match;
    for (const it of placesOf(below, path.slice(trimmed(consumed).length) || '/', search)) {
      yield {
        ...it,
        mount: template + it.mount,
        consumed: trimmed(consumed) + it.consumed,
      };
    }
  }
}

/** Returns the layers below a layer. That of an older Express is known by the application that handled the request. */
function layersIn(
  layer: ExpressLayer,
  chain: readonly ExpressApplication[],
): ExpressLayer[] | undefined {
  if (!mountsUnknown(layer)) return layersBelow(layer);
  const mounted = chain.find(
    ({ parent }) => parent !== undefined && stackOf(parent).includes(layer),
  );
  if (mounted === undefined) return undefined;
  rememberMounted(layer, mounted);
  return stackOf(mounted);
}

/** Finds the mount of a route whose request had another path, because a middleware changed it. */
function mountOf(stack: readonly ExpressLayer[], search: Search): string | undefined {
  for (const layer of stack) {
    if (search.isMeant(layer)) return '';
    const below = layersIn(layer, search.chain);
    const found = below && mountOf(below, search);
    if (found !== undefined) return mountPath(layer.rawPath) + found;
  }
  return undefined;
}

/** Returns the path of a layer as it was passed to `use`. */
function patternOf(layer: ExpressLayer, match: MatchedPath, path: string): string {
  if (match.consumed === '') return '';
  if (match.pattern !== undefined) return mountPath(match.pattern);
  if (layer.rawPath !== undefined) return mountPath(layer.rawPath);
  return patternByTrial(layer, match, path);
}

function mountPath(path: unknown): string {
  if (typeof path !== 'string') return UNKNOWN_MOUNT;
  return trimmed(path.startsWith('/') ? path : `/${path}`);
}

const byTrial = new WeakMap<ExpressLayer, Set<string>>();

/** Finds the segments that are parameters by replacing each with another value. */
function patternByTrial(layer: ExpressLayer, { consumed }: MatchedPath, path: string): string {
  const rest = path.slice(trimmed(consumed).length);
  const segments = trimmed(consumed).split('/');
  const template = segments
    .map((segment, i) => {
      if (segment === '') return segment;
      const tried = matchedPath(layer, segments.with(i, ANY).join('/') + rest);
      if (tried === undefined) return segment.toLowerCase();
      const name = Object.keys(tried.params).find((it) => tried.params[it] === ANY);
      return name === undefined ? UNKNOWN_MOUNT : `:${name}`;
    })
    .join('/');
  return isKnown(layer, template) ? template : UNKNOWN_MOUNT;
}

/** A path may be a regular expression, whose matches are without number. */
function isKnown(layer: ExpressLayer, template: string): boolean {
  const known = byTrial.get(layer) ?? new Set();
  byTrial.set(layer, known);
  if (known.size < FOUND_BY_TRIAL) known.add(template);
  return known.has(template);
}

function trimmed(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function isSame(one: string, other: string): boolean {
  return trimmed(one) === trimmed(other);
}
