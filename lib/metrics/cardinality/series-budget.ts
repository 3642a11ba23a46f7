/** The series of all metrics of one application together. */
export class SeriesBudget {
  /** Series that may be made. */
  readonly limit: number;
  #used = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Series there are, those included that no limit turns away. */
  get used(): number {
    return this.#used;
  }

  /** Whether that many further series fit. */
  hasRoomFor(count: number): boolean {
    return this.#used + count <= this.limit;
  }

  /** A series was made. */
  take(): void {
    this.#used++;
  }

  /** A series was removed. */
  release(): void {
    this.#used--;
  }
}
