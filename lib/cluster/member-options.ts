/** One `/metrics` for the workers of `node:cluster` or the threads of a process. */
export interface ClusterOptions {
  /**
   * Milliseconds that a scrape waits for the metrics of all, above 0; then it is answered with 503. More than those
   * that the primary waits for its workers. @defaultValue 5000
   */
  readonly timeoutMs?: number;
}
