import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** Faults of a part of the pipeline, on demand. */
@Injectable()
export class Faults {
  #sinkMs = 2;
  #stall: PromiseWithEnd | undefined;

  /** Makes the sink take this long for a candle. */
  slowSink(ms: number): void {
    this.#sinkMs = ms;
  }

  /** Makes the enrichment wait until {@link recover}. */
  stall(): void {
    this.#stall ??= promiseWithEnd();
  }

  /** Ends all faults. */
  recover(): void {
    this.#sinkMs = 2;
    this.#stall?.end();
    this.#stall = undefined;
  }

  /** Takes as long as a look into the reference data. */
  async lookUp(): Promise<void> {
    await this.#stall?.ended;
    await delay(5);
  }

  /** Takes as long as a write to the sink. */
  async write(): Promise<void> {
    await delay(this.#sinkMs);
  }
}

interface PromiseWithEnd {
  readonly ended: Promise<void>;
  end(): void;
}

function promiseWithEnd(): PromiseWithEnd {
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  return { ended, end };
}
