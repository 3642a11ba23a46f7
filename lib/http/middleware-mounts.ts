import { isEverything } from './express/express-templates.js';
import { pathOf, type RoutedRequest } from './matched-route.js';

interface Mount {
  readonly template: string;
  readonly segments: readonly string[];
}

/** Paths to which middleware of Fastify is bound, which strips them from the URL of a request that it answers. */
export class MiddlewareMounts {
  readonly #mounts: Mount[] = [];

  /** Adds the path of a middleware. Any other value is ignored. */
  add(path: unknown): void {
    if (typeof path !== 'string' || isEverything(path)) return;
    // Nest marks an exact path with a dollar sign.
    const template = `/${path}`.replace(/^\/\//, '/').replace(/\/?\$?$/, '');
    if (template === '' || this.#mounts.some((it) => it.template === template)) return;
    this.#mounts.push({ template, segments: template.split('/') });
  }

  /** Returns the path of the middleware that answered a request; `undefined` if none with a path did. */
  find(request: RoutedRequest): string | undefined {
    const { originalUrl, url } = request;
    if (originalUrl === undefined || originalUrl === url || this.#mounts.length === 0) {
      return undefined;
    }
    const segments = pathOf(request).split('/');
    const found = this.#mounts.filter((it) => matches(it, segments));
    return (found.find(({ template }) => isLiteral(template)) ?? found.at(-1))?.template;
  }
}

function matches({ segments }: Mount, path: readonly string[]): boolean {
  return segments.every((it, i) => {
    const value = path[i];
    return (
      isWildcard(it) || (value !== undefined && (isLiteral(it) ? isSame(it, value) : value !== ''))
    );
  });
}

// Nest binds middleware in the way of the router, which may ignore case.
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isLiteral(text: string): boolean {
  return !/[:*{(]/.test(text);
}

function isWildcard(segment: string): boolean {
  return segment.startsWith('*') || segment.startsWith('{');
}
