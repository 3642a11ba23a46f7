import { types } from 'node:util';
import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import { TrackedCall } from '../instrumentation/calls/current-observation.js';
import type { CallTrace } from '../kernel/call-tracer.js';

/** Results that a call counts as out: any, one that is true, or none, since its results are counted one by one. */
export type CountedResult = 'any' | 'true' | 'none';

/** Stage, as its calls see it. */
interface WorkingStage {
  in: number;
  working: number;
  failed: number;
  call(binding: HandlerBinding, event: unknown, counted: CountedResult): StageCall;
  start(binding: HandlerBinding): number;
  end(): void;
  emit(event: unknown, result: unknown): void;
  drop(reason: 'cancelled'): void;
  published(result: unknown): void;
  /** Holds up a drain until the returned function is called. */
  hold(): () => void;
}

interface StageWork {
  readonly event: unknown;
  readonly stage: WorkingStage;
  readonly counted: CountedResult;
  readonly trace: CallTrace | undefined;
}

/** Work of a stage on one event. */
export class StageCall extends TrackedCall {
  static override readonly shapeAnchor: StageCall = new StageCall({} as HandlerBinding, {
    event: undefined,
    stage: {} as WorkingStage,
    counted: 'none',
    trace: undefined,
  });
  readonly #work: StageWork;
  #release: (() => void) | undefined;
  #hasEmitted = false;

  constructor(binding: HandlerBinding, work: StageWork) {
    super(binding, [work.event], work.trace);
    this.#work = work;
  }

  override start(): number {
    return this.#work.stage.start(this.binding);
  }

  override succeed(startedMs: number, result: unknown): void {
    const { counted } = this.#work;
    this.#end();
    if (counted === 'any' || (counted === 'true' && result === true)) this.emitted(result);
    super.succeed(startedMs, result);
  }

  override fail(startedMs: number, error: unknown): void {
    this.#work.stage.failed++;
    this.#end();
    super.fail(startedMs, error);
  }

  /** The work is an Observable: each of its subscriptions is an event that arrives. */
  override abandon(): void {
    this.#work.stage.in--;
    this.#leave();
    super.abandon();
  }

  override again(): StageCall {
    const { stage, event, counted } = this.#work;
    stage.in++;
    return stage.call(this.binding, event, counted);
  }

  /** Holds up a drain if the work is a promise; streams may be endless. */
  holdFor(result: unknown): void {
    if (types.isPromise(result)) this.#release = this.#work.stage.hold();
  }

  /** Counts a result, which takes along what the event carries. */
  emitted(result: unknown): void {
    const { stage, event } = this.#work;
    this.#hasEmitted = true;
    stage.emit(event, result);
    if (this.trace !== undefined) this.run(() => stage.published(result));
  }

  /** Ends work that its operator has left. An event without a result is dropped; a consumer may need one result only. */
  cancel(startedMs: number): void {
    if (this.#hasEmitted) return this.succeed(startedMs, undefined);
    this.#work.stage.drop('cancelled');
    this.#end();
    super.abandon();
    this.trace?.ended({ outcome: 'success', attempts: this.attempts, seconds: Number.NaN });
  }

  #end(): void {
    this.#work.stage.end();
    this.#release?.();
  }

  #leave(): void {
    this.#work.stage.working--;
    this.#release?.();
  }
}
