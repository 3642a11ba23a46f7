/** The endpoints that have no metrics, by route template; `/internal/*` is everything below `/internal`. */
export class ExcludedEndpoints {
  readonly #exact = new Set<string>();
  readonly #prefixes: string[] = [];

  /** @param patterns - Templates, or prefixes that end with `/*`. */
  constructor(patterns: readonly string[]) {
    this.add(patterns);
  }

  /** Excludes further endpoints; those that had requests already keep what was counted. */
  add(patterns: readonly string[]): void {
    for (const it of patterns) {
      if (it.endsWith('/*')) this.#prefixes.push(it.slice(0, -1));
      else this.#exact.add(it);
    }
  }

  /** Whether a route template is excluded. */
  has(endpoint: string): boolean {
    return this.#exact.has(endpoint) || this.#prefixes.some((it) => endpoint.startsWith(it));
  }

  /**
   * Whether a request is, as far as its path tells before it is routed.
   *
   * @param url - Path and query.
   */
  hasPath(url: string): boolean {
    const query = url.indexOf('?');
    return this.has(query === -1 ? url : url.slice(0, query));
  }
}
