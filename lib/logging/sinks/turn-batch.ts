/** Longest text that waits for the end of the turn. */
const FULL = 16_384;

/** Collects the lines of one turn of the event loop, so that they are written at once. */
export class TurnBatch {
  readonly #write: (text: string, lines: number) => void;
  #text = '';
  #lines = 0;
  #soon: NodeJS.Immediate | undefined;

  /** @param write - Receives the text of all lines, each with its line break. It must not throw. */
  constructor(write: (text: string, lines: number) => void) {
    this.#write = write;
  }

  /** Characters that wait. */
  get length(): number {
    return this.#text.length;
  }

  /** Adds a line without its line break. */
  add(line: string): void {
    this.#text += `${line}\n`;
    this.#lines++;
    if (this.#text.length >= FULL) this.flush();
    else this.#soon ??= setImmediate(() => this.flush()).unref();
  }

  /** Writes what waits. */
  flush(): void {
    const { text, lines } = this.take();
    if (lines > 0) this.#write(text, lines);
  }

  /** Returns what waits, and forgets it. */
  take(): { text: string; lines: number } {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const taken = { text: this.#text, lines: this.#lines };
    this.#text = '';
    this.#lines = 0;
    return taken;
  }
}
