import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerKind } from '../kernel/observer.js';
import type { CallRecorder } from './call-recorder.js';
import type { HandlerBinding } from './handler-binding.js';

/** The observation of the handler that is running. */
export interface CurrentObservation {
  /** What the handler handles. */
  readonly kind: HandlerKind;
  /** Name under which the handler reports. */
  readonly name: string;
  /**
   * Says that an attempt failed and the handler tries again. The error counts as a retry, not as a failure.
   *
   * @param error - What the attempt threw.
   */
  retry(error: unknown): void;
}

const storage = new AsyncLocalStorage<CurrentObservation>();

/**
 * The observation of the innermost running handler whose decorator says `context: true`; `undefined` elsewhere.
 *
 * @example
 * ```ts
 * import { Command, currentObservation } from '@eventcore/nestjs-observability';
 *
 * class Orders {
 *   @Command({ name: 'PayOrder', context: true })
 *   async pay(id: string): Promise<void> {
 *     for (;;) {
 *       try {
 *         return await this.append(id);
 *       } catch (conflict) {
 *         currentObservation()?.retry(conflict);
 *       }
 *     }
 *   }
 *
 *   private async append(id: string): Promise<void> {
 *     await Promise.resolve(id);
 *   }
 * }
 * ```
 */
export function currentObservation(): CurrentObservation | undefined {
  return storage.getStore();
}

/** A call that counts its attempts and can be reached from inside the handler. */
export class ContextualCall implements CallRecorder, CurrentObservation {
  readonly #binding: HandlerBinding;
  #attempts = 1;

  constructor(binding: HandlerBinding) {
    this.#binding = binding;
  }

  get kind(): HandlerKind {
    return this.#binding.identity.kind;
  }

  get name(): string {
    return this.#binding.identity.name;
  }

  retry(error: unknown): void {
    this.#attempts++;
    this.#binding.retry(error);
  }

  start(): number {
    return this.#binding.start();
  }

  succeed(startedMs: number, result: unknown): void {
    this.#binding.succeed(startedMs, result, this.#attempts);
  }

  fail(startedMs: number, error: unknown): void {
    this.#binding.fail(startedMs, error, this.#attempts);
  }

  abandon(): void {
    this.#binding.abandon();
  }

  /** Runs work of the handler so that {@link currentObservation} finds this call. */
  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** A call of its own, with attempts of its own. */
  again(): ContextualCall {
    return new ContextualCall(this.#binding);
  }
}
