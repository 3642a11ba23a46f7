import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallTrace, SpanAttributes } from '../../kernel/call-tracer.js';
import { sharedState } from '../../kernel/peers/process-state.js';
import type { CallRecorder } from './call-recorder.js';
import type { CallState, HandlerBinding } from '../binding/handler-binding.js';

/** Observation of the running handler. */
export interface CurrentObservation {
  /** Kind of the handler: `command`, `query` or `projection`. */
  readonly kind: string;
  /** Name under which the handler reports. */
  readonly name: string;
  /**
   * Records a failed attempt that the handler retries. The error counts as a retry, not as a
   * failure.
   *
   * @param error - Error of the attempt.
   */
  retry(error: unknown): void;
  /** Sets attributes on the span of the call, if any. */
  setAttributes(attributes: SpanAttributes): void;
  /** Adds an event to the span of the call, if any. */
  addEvent(name: string, attributes?: SpanAttributes): void;
}

const storage = sharedState('observations', () => new AsyncLocalStorage<CurrentObservation>());

/**
 * Returns the observation of the innermost running handler with `context: true`; `undefined`
 * elsewhere.
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

/** Call that counts its attempts and may be traced. */
export class TrackedCall implements CallRecorder, CallState, CurrentObservation {
  /**
   * Keeps one instance alive. Without one, a garbage collection would discard the hidden class and
   * deoptimize later calls.
   */
  static readonly shapeAnchor: TrackedCall = new TrackedCall({} as HandlerBinding, [], undefined);

  readonly trace: CallTrace | undefined;
  protected readonly binding: HandlerBinding;
  readonly args: readonly unknown[];
  #attempts = 1;

  /** @param trace - Trace of the call, if any. */
  constructor(binding: HandlerBinding, args: readonly unknown[], trace: CallTrace | undefined) {
    this.binding = binding;
    this.args = args;
    this.trace = trace;
  }

  get kind(): string {
    return this.binding.identity.kind.name;
  }

  get name(): string {
    return this.binding.identity.name;
  }

  get attempts(): number {
    return this.#attempts;
  }

  retry(error: unknown): void {
    this.#attempts++;
    this.binding.retry(error, this.trace);
  }

  setAttributes(attributes: SpanAttributes): void {
    this.trace?.setAttributes(attributes);
  }

  addEvent(name: string, attributes?: SpanAttributes): void {
    this.trace?.addEvent(name, attributes);
  }

  start(): number {
    return this.binding.start();
  }

  succeed(startedMs: number, result: unknown): void {
    this.binding.succeed(startedMs, result, this);
  }

  fail(startedMs: number, error: unknown): void {
    this.binding.fail(startedMs, error, this);
  }

  abandon(): void {
    this.binding.abandon();
  }

  /** Runs work of the handler inside its span. */
  run<T>(work: () => T): T {
    return this.trace === undefined ? work() : this.trace.run(work);
  }

  /** Returns a separate call with its own attempts and span. */
  again(): TrackedCall {
    return new TrackedCall(this.binding, this.args, this.binding.follow(this.args));
  }
}

/** Call that {@link currentObservation} returns. */
export class AmbientCall extends TrackedCall {
  static override readonly shapeAnchor: AmbientCall = new AmbientCall(
    {} as HandlerBinding,
    [],
    undefined,
  );

  override run<T>(work: () => T): T {
    return storage.run(this, () => super.run(work));
  }

  override again(): AmbientCall {
    return new AmbientCall(this.binding, this.args, this.binding.follow(this.args));
  }
}
