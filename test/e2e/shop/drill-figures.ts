/** What happened to a shop under load. */
export interface DrillFigures {
  readonly outage: string;
  /** Orders and payments that the shop confirmed, and those that it did not. */
  readonly confirmed: number;
  readonly refused: number;
  readonly notReadyAfterMs: number;
  readonly readyAgainAfterMs: number;
  readonly processDeaths: number;
  readonly lostEvents: number;
  readonly counted: Totals;
  readonly stored: Totals;
  /** What waits for a connection in the pools of both processes. */
  readonly waiting: number;
}

/** Events by the kind of their stream. */
export interface Totals {
  readonly orders: number;
  readonly stock: number;
}

/** What a shop must not do when its database breaks. */
export function faultsOf({ outage, counted, stored, ...figures }: DrillFigures): string[] {
  const { processDeaths, lostEvents, waiting } = figures;
  const differences = {
    'processes that died': processDeaths,
    'lost or doubled events': lostEvents,
    'statements that wait for a connection': waiting,
    'orders counted, but not stored': counted.orders - stored.orders,
    'stock counted, but not stored': counted.stock - stored.stock,
  };
  const faults = Object.entries(differences).filter(([, it]) => it !== 0);
  return faults.map(([what, it]) => `${outage}: ${it} ${what}`);
}
