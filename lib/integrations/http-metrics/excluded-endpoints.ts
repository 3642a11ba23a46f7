/** The endpoints that have no metrics, by route template; `/internal/*` is everything below `/internal`. */
export class ExcludedEndpoints {
  readonly #exact = new Set<string>();
  readonly #prefixes: string[] = [];
  /** By the length of a path, 0 where none is excluded: nearly every request is told apart by that alone. */
  readonly #lengths = new Uint8Array(256);

  /** @param patterns - Templates, or prefixes that end with `/*`. */
  constructor(patterns: readonly string[]) {
    this.add(patterns);
  }

  /** Excludes further endpoints; those that had requests already keep what was counted. */
  add(patterns: readonly string[]): void {
    for (const it of patterns) {
      if (it.endsWith('/*')) this.#addPrefix(it.slice(0, -1));
      else this.#addExact(it);
    }
  }

  /** Whether a route template is excluded. */
  has(endpoint: string): boolean {
    if (this.#lengths[endpoint.length] === 0) return false;
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

  #addExact(endpoint: string): void {
    this.#exact.add(endpoint);
    this.#lengths[endpoint.length] = 1;
  }

  #addPrefix(prefix: string): void {
    this.#prefixes.push(prefix);
    this.#lengths.fill(1, prefix.length);
  }
}
