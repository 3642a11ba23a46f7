import { AsyncLocalStorage } from 'node:async_hooks';
import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import { TrackedCall } from '../instrumentation/calls/current-observation.js';
import { observeResult } from '../instrumentation/results/result-observer.js';
import { sharedState } from '../kernel/peers/process-state.js';

/** Messages that a drain waits for. */
export interface OpenMessages {
  count: number;
}

const storage = sharedState('messages', () => new AsyncLocalStorage<MessageCall>());

/**
 * Observation of one message. Nest's exception filters hide errors from what calls the handler: they answer with another
 * error, with a value, or not at all. The error that has reached the filters determines the outcome.
 */
export class MessageCall extends TrackedCall {
  readonly #open: OpenMessages | undefined;
  #startedMs: number | undefined;
  #isPaused = false;
  #isFailed = false;
  #error: unknown;
  /** True for a handler whose result includes that of further handlers. */
  isJoined = false;

  constructor(binding: HandlerBinding, args: readonly unknown[], open?: OpenMessages) {
    super(binding, args, binding.follow(args));
    this.#open = open;
  }

  /** Notes the error of the running message that reaches the exception filters. */
  static note(error: unknown): void {
    storage.getStore()?.note(error);
  }

  /** Notes an error of this message. */
  note(error: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#error = error;
  }

  /** A message whose answer is a stream starts again with the subscription, and lasts from its first start. */
  override start(): number {
    if (this.#open !== undefined) this.#open.count++;
    const nowMs = super.start();
    this.#startedMs ??= nowMs;
    return this.#startedMs;
  }

  override succeed(startedMs: number, result: unknown): void {
    this.#leave();
    if (this.#isFailed) super.fail(startedMs, this.#error);
    else super.succeed(startedMs, result);
  }

  override fail(startedMs: number, error: unknown): void {
    this.#leave();
    if (this.#isFailed) super.fail(startedMs, this.#error);
    else if (this.isJoined) super.succeed(startedMs, undefined);
    else super.fail(startedMs, error);
  }

  override abandon(): void {
    this.#leave();
    this.#isPaused = true;
    super.abandon();
  }

  override run<T>(work: () => T): T {
    return storage.run(this, () => super.run(work));
  }

  override again(): MessageCall {
    if (!this.#isPaused) return new MessageCall(this.binding, this.args, this.#open);
    this.#isPaused = false;
    return this;
  }

  #leave(): void {
    if (this.#open !== undefined) this.#open.count--;
  }
}

/** Runs the work of a message. The caller receives its result or error unchanged. */
export function runMessage(call: MessageCall, work: () => unknown): unknown {
  const startedMs = call.start();
  let result: unknown;
  try {
    result = call.run(work);
  } catch (error) {
    call.fail(startedMs, error);
    throw error;
  }
  return observeResult(result, call, startedMs);
}
