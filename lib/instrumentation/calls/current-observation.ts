import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallTrace, SpanAttributes } from '../../kernel/call-tracer.js';
import type { CallRecorder } from './call-recorder.js';
import type { CallState, HandlerBinding } from '../binding/handler-binding.js';

/** The observation of the handler that is running. */
export interface CurrentObservation {
  /** Kind of the handler: `command`, `query` or `projection`. */
  readonly kind: string;
  /** Name under which the handler reports. */
  readonly name: string;
  /**
   * Says that an attempt failed and the handler tries again. The error counts as a retry, not as a failure.
   *
   * @param error - What the attempt threw.
   */
  retry(error: unknown): void;
  /** Puts attributes on the span of the call, if there is one. */
  setAttributes(attributes: SpanAttributes): void;
  /** Puts an event on the span of the call, if there is one. */
  addEvent(name: string, attributes?: SpanAttributes): void;
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

/** A call that counts its attempts and may be followed by a tracer. */
export class TrackedCall implements CallRecorder, CallState, CurrentObservation {
  /** A collection that finds none alive would take what the compiler knows of them, and the next calls would be slow. */
  static readonly shapeAnchor: TrackedCall = new TrackedCall({} as HandlerBinding, [], undefined);

  readonly trace: CallTrace | undefined;
  protected readonly binding: HandlerBinding;
  readonly args: readonly unknown[];
  #attempts = 1;

  /** @param trace - What follows the call. */
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

  /** A call of its own, with attempts and a span of its own. */
  again(): TrackedCall {
    return new TrackedCall(this.binding, this.args, this.binding.follow(this.args));
  }
}

/** A call that {@link currentObservation} finds. */
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
