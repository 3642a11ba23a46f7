import type { Sql } from '../database/database.js';
import type { RecordedEvent, ShopEventType } from '../events/shop-event.js';

export interface Projection {
  readonly name: string;
  /** The event types it is fed with; others are never read. */
  readonly handles: readonly ShopEventType[];
  /** Forgets everything, to be fed from the beginning. */
  reset(sql: Sql): Promise<void>;
  /** Writes with `sql` only: its transaction also moves the checkpoint. */
  apply(event: RecordedEvent, sql: Sql): Promise<void>;
}

export const PROJECTIONS = Symbol('PROJECTIONS');
