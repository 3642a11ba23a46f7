/** How the exports of one exporter went. */
export interface ExportRecord {
  readonly successes: number;
  readonly failures: number;
  /** Unix time in milliseconds; absent when there was none. */
  readonly lastSuccessMs?: number;
  /** Unix time in milliseconds; absent when there was none. */
  readonly lastFailureMs?: number;
  /** How the last one went; absent when there was none. */
  readonly lastOutcome?: 'success' | 'failure';
}

/** Remembers how exports went, by exporter. */
export class ExportLog {
  readonly #wallMs: () => number;
  readonly #byName = new Map<string, ExportRecord>();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** An exporter that has not exported yet. */
  expect(exporter: string): void {
    if (!this.#byName.has(exporter)) this.#byName.set(exporter, { successes: 0, failures: 0 });
  }

  /** An export ended. */
  ended(exporter: string, outcome: 'success' | 'failure'): void {
    const before = this.#byName.get(exporter) ?? { successes: 0, failures: 0 };
    const nowMs = this.#wallMs();
    const after =
      outcome === 'success'
        ? { ...before, successes: before.successes + 1, lastSuccessMs: nowMs }
        : { ...before, failures: before.failures + 1, lastFailureMs: nowMs };
    this.#byName.set(exporter, { ...after, lastOutcome: outcome });
  }

  /** Those whose last export failed. */
  failing(): readonly string[] {
    return this.list()
      .filter(([, { lastOutcome }]) => lastOutcome === 'failure')
      .map(([exporter]) => exporter);
  }

  /** All exporters. */
  list(): readonly (readonly [exporter: string, record: ExportRecord])[] {
    return [...this.#byName];
  }
}
