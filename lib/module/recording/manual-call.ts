import { type CallState, HandlerBinding } from '../../instrumentation/binding/handler-binding.js';
import type { CallTrace } from '../../kernel/call-tracer.js';
import { textName } from '../../kernel/faults.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerObserver } from '../../kernel/observer.js';
import { commandKind } from '../../kinds/command.decorator.js';
import { queryKind } from '../../kinds/query.decorator.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';

/** Command or query that the application records by hand. Only the first end counts. */
export class ManualCall {
  readonly #binding: HandlerBinding;
  readonly #startedMs: number;
  readonly #trace: CallTrace | undefined;
  #attempts = 1;
  #open = true;

  /** @internal */
  constructor(binding: HandlerBinding) {
    this.#binding = binding;
    this.#trace = binding.isFollowed() ? binding.follow([]) : undefined;
    this.#trace?.run(() => undefined);
    this.#startedMs = binding.start();
  }

  /** Records a failed attempt that is retried. */
  retry(error: unknown): void {
    if (!this.#open) return;
    this.#attempts++;
    this.#binding.retry(error, this.#trace);
  }

  /**
   * Ends the call with success.
   *
   * @param events - Number of events produced, 0 or more, if known.
   */
  succeed(events?: number): void {
    if (this.#close()) this.#binding.succeed(this.#startedMs, events, this.#state);
  }

  /** Ends the call with an error: a rejection or a failure, by the rules for decorated handlers. */
  fail(error: unknown): void {
    if (this.#close()) this.#binding.fail(this.#startedMs, error, this.#state);
  }

  get #state(): CallState {
    return { attempts: this.#attempts, trace: this.#trace };
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    return wasOpen;
  }
}

/** Starts a command that the application records by hand. */
export function startCommandByHand(runtime: ObservabilityRuntime, name: string): ManualCall {
  return startByHand(runtime, commandKind, name);
}

/** Starts a query that the application records by hand. */
export function startQueryByHand(runtime: ObservabilityRuntime, name: string): ManualCall {
  return startByHand(runtime, queryKind, name);
}

function startByHand(
  { classifier, clock, faults, enabled, observer, following }: ObservabilityRuntime,
  kind: HandlerKind,
  name: string,
): ManualCall {
  const identity = { kind, name: textName(name, faults), labels: {} };
  const binding = new HandlerBinding(identity, eventsByHand, {
    observer: enabled ? observer.bind(identity) : silent,
    // A span needs a function that runs within it.
    tracer: following?.withoutSpans?.bind({ ...identity, span: {} }),
    context: { classifier, clock, faults },
  });
  return new ManualCall(binding);
}

// The "result" of a call recorded by hand is its number of events.
const eventsByHand = {
  events: (events: unknown) => events as number | undefined,
};

const silent: HandlerObserver = {
  started: () => undefined,
  succeeded: () => undefined,
  rejected: () => undefined,
  failed: () => undefined,
  retried: () => undefined,
  abandoned: () => undefined,
};
