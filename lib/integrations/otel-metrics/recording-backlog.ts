const MOST_RECORDINGS = 10_000;

/** Recordings before an application shows them. */
export class RecordingBacklog {
  #recordings: (() => void)[] | undefined;
  #lost = 0;

  /** Begins to keep recordings. */
  begin(): void {
    this.#recordings ??= [];
    this.#lost = 0;
  }

  /** Keeps a recording until {@link RecordingBacklog.replay}; later recordings have no effect. */
  add(record: () => void): void {
    if (this.#recordings === undefined) return;
    if (this.#recordings.length < MOST_RECORDINGS) this.#recordings.push(record);
    else this.#lost++;
  }

  /** Records everything once, and returns the number of recordings that did not fit. */
  replay(): number {
    const recordings = this.#recordings ?? [];
    this.#recordings = undefined;
    for (const record of recordings) record();
    return this.#lost;
  }
}
