/** Some that were asked at the same time, and who of them has answered. */
export class PollRound {
  readonly #pending: Set<string>;
  readonly #missing: string[] = [];
  #finish: (() => void) | undefined;

  constructor(ids: Iterable<string>) {
    this.#pending = new Set(ids);
  }

  /** Those that did not answer. */
  get missing(): readonly string[] {
    return [...this.#missing, ...this.#pending];
  }

  /** Resolves when all have answered or the time is over. */
  async ends(limitMs: number): Promise<void> {
    if (this.#pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#finish = resolve;
      timer = setTimeout(resolve, limitMs).unref();
    });
    clearTimeout(timer);
  }

  /** Notes an answer. */
  answered(id: string): void {
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.end();
  }

  /** Does not wait for one any longer. */
  giveUp(id: string): void {
    if (!this.#pending.has(id)) return;
    this.#missing.push(id);
    this.answered(id);
  }

  /** Waits for nobody any longer. */
  end(): void {
    this.#finish?.();
  }
}
