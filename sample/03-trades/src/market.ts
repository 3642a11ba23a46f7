import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';
import type { Trade } from './trade.js';

const SYMBOLS = ['ACME', 'GLOBEX', 'INITECH'];
const VENUES = ['eu', 'eu', 'us'];
const EVERY_MS = 100;
const TRADES_EACH = 10;

/** The market: 100 trades a second unless TRAFFIC is 0, and bursts on demand. */
@Injectable()
export class Market implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #trades = new Subject<Trade>();
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  get trades(): Observable<Trade> {
    return this.#trades;
  }

  onApplicationBootstrap(): void {
    if (process.env['TRAFFIC'] === '0') return;
    this.#timer = setInterval(() => this.burst(TRADES_EACH), EVERY_MS);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#trades.complete();
  }

  /** Makes trades at once. Two of three are on European venues. */
  burst(trades: number): void {
    for (let i = 0; i < trades; i++) this.#trades.next(this.#next());
  }

  #next(): Trade {
    const n = this.#count++;
    return {
      symbol: SYMBOLS[n % SYMBOLS.length]!,
      venue: VENUES[Math.floor(n / SYMBOLS.length) % VENUES.length]!,
      price: 100 + 10 * Math.sin(n / 50),
      at: new Date(),
    };
  }
}
