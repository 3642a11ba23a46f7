/**
 * A place in the order in which transactions began. Positions alone are not enough:
 * a transaction that began later may have taken the lower number.
 */
export interface LogPosition {
  readonly transactionId: string;
  readonly position: string;
}

/** Before the first event. */
export const ORIGIN: LogPosition = { transactionId: '0', position: '0' };

/** The one text that callers, checkpoints and the library agree on. */
export const textOf = ({ transactionId, position }: LogPosition): string =>
  `${transactionId}-${position}`;

interface PositionColumns {
  readonly transaction_id: string | null;
  readonly position: bigint | string | null;
}

/** The place that two columns hold; `null` when they hold none. */
export const toLogPosition = ({ transaction_id, position }: PositionColumns): LogPosition | null =>
  transaction_id === null || position === null
    ? null
    : { transactionId: transaction_id, position: String(position) };
