import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Pipelines } from '@eventcore/nestjs-observability/pipelines';
import { bufferTime, filter, mergeMap, type Observable, Subject } from 'rxjs';
import { Faults } from './faults.js';
import { Market } from './market.js';
import { type Candle, candlesOf, type EnrichedTrade, type Trade } from './trade.js';

const SECTORS: Readonly<Record<string, string>> = { ACME: 'industry', GLOBEX: 'energy' };
const WINDOW_MS = 1_000;
const LOOK_UPS_AT_ONCE = 4;

/** Makes a candle of each symbol and second from the trades on European venues, and stores it. */
@Injectable()
export class Candles implements OnApplicationBootstrap {
  readonly #stored = new Subject<Candle>();

  constructor(
    private readonly pipelines: Pipelines,
    private readonly market: Market,
    private readonly faults: Faults,
  ) {}

  /** Candles that have been stored. */
  get stored(): Observable<Candle> {
    return this.#stored;
  }

  onApplicationBootstrap(): void {
    const flow = this.pipelines.pipeline('candles', { waitingSeconds: 10 });
    const isEuropean = flow.step('only_eu', ({ venue }: Trade) => venue === 'eu', {
      type: 'filter',
    });
    flow
      .run(
        this.market.trades.pipe(
          flow.stream('trades', { eventTime: ({ at }: Trade) => at }),
          filter(isEuropean),
          flow.mergeMap('enrich', (trade) => this.enrich(trade), LOOK_UPS_AT_ONCE),
          flow.stream('enriched', { role: 'inner' }),
          flow.stage('window', bufferTime<EnrichedTrade>(WINDOW_MS), {
            window: 'tumbling',
            size: ({ length }) => length,
          }),
          mergeMap(flow.step('candles', candlesOf)),
          flow.concatMap('store', (candle) => this.store(candle)),
          flow.stream('candles', { eventTime: ({ at }: Candle) => at }),
        ),
      )
      .subscribe((candle) => this.#stored.next(candle));
  }

  private async enrich(trade: Trade): Promise<EnrichedTrade> {
    await this.faults.lookUp();
    return { ...trade, sector: SECTORS[trade.symbol] ?? 'other' };
  }

  private async store(candle: Candle): Promise<Candle> {
    await this.faults.write();
    return candle;
  }
}
