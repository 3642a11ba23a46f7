import { SeriesBudget } from './cardinality.js';

/** Series budget of one metric within the budget of the application. */
export class NestedBudget extends SeriesBudget {
  readonly #outer: SeriesBudget;

  constructor(limit: number, outer: SeriesBudget) {
    super(limit);
    this.#outer = outer;
  }

  /** {@inheritDoc SeriesBudget.hasRoomFor} */
  override hasRoomFor(count: number): boolean {
    return super.hasRoomFor(count) && this.#outer.hasRoomFor(count);
  }

  /** {@inheritDoc SeriesBudget.take} */
  override take(): void {
    super.take();
    this.#outer.take();
  }

  /** {@inheritDoc SeriesBudget.release} */
  override release(): void {
    super.release();
    this.#outer.release();
  }
}
