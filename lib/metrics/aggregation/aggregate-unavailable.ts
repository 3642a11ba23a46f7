/** Nobody put the metrics of all processes together; those of one alone would read as the whole. */
export class AggregateUnavailable extends Error {
  /** Always `AggregateUnavailable`. */
  override readonly name = 'AggregateUnavailable';
}
