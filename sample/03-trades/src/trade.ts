/** A trade on a venue. */
export interface Trade {
  readonly symbol: string;
  readonly venue: string;
  readonly price: number;
  readonly at: Date;
}

/** A trade with what the reference data say about it. */
export interface EnrichedTrade extends Trade {
  readonly sector: string;
}

/** Prices of one symbol within a window. */
export interface Candle {
  readonly symbol: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly trades: number;
  readonly at: Date;
}

/** Returns the candles of a window, one for each symbol. */
export function candlesOf(window: readonly EnrichedTrade[]): readonly Candle[] {
  const candles = new Map<string, Candle>();
  for (const { symbol, price, at } of window) {
    const before = candles.get(symbol);
    candles.set(symbol, {
      symbol,
      open: before?.open ?? price,
      high: Math.max(before?.high ?? price, price),
      low: Math.min(before?.low ?? price, price),
      close: price,
      trades: (before?.trades ?? 0) + 1,
      at: before?.at ?? at,
    });
  }
  return [...candles.values()];
}
