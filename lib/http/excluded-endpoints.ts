/** The endpoints that have no metrics, by route template; `/internal/*` is everything below `/internal`. */
export class ExcludedEndpoints {
  readonly #exact = new Set<string>();
  readonly #prefixes: string[] = [];
  /** By the character after the first slash, 0 where none is excluded: most requests are told apart by that alone. */
  readonly #initials = new Uint8Array(128);

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
    return this.#exact.has(endpoint) || this.#prefixes.some((it) => endpoint.startsWith(it));
  }

  /**
   * Whether a request is, as far as its path tells before it is routed.
   *
   * @param url - Path and query.
   */
  hasPath(url: string): boolean {
    if (this.#initials[url.charCodeAt(1)] === 0) return false;
    const query = url.indexOf('?');
    return this.has(query === -1 ? url : url.slice(0, query));
  }

  #addExact(endpoint: string): void {
    this.#exact.add(endpoint);
    this.#addInitial(endpoint);
  }

  #addPrefix(prefix: string): void {
    this.#prefixes.push(prefix);
    this.#addInitial(prefix);
  }

  /** Whatever follows one slash alone is looked at: a query, or all of it below the root. */
  #addInitial(start: string): void {
    const initial = start.charCodeAt(1);
    if (initial < this.#initials.length) this.#initials[initial] = 1;
    else if (Number.isNaN(initial)) this.#initials.fill(1);
  }
}
