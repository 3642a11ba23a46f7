import type { CallRecorder } from '../../instrumentation/calls/call-recorder.js';
import type { PluginContext } from '../../plugins/plugin.js';

/** Application whose models are observed. */
export type ModelHost = Pick<PluginContext, 'clock' | 'report'>;

/** Records a call by its duration. A fault of the recording never reaches the work. */
export abstract class TimedWork implements CallRecorder {
  protected readonly host: ModelHost;

  constructor(host: ModelHost) {
    this.host = host;
  }

  start(): number {
    return this.host.clock.monotonicMs();
  }

  succeed(startedMs: number, result: unknown): void {
    this.guard(() => this.ended(this.secondsSince(startedMs), { result }));
  }

  fail(startedMs: number, error: unknown): void {
    this.guard(() => this.ended(this.secondsSince(startedMs), { error }));
  }

  abandon(): void {}

  run<T>(work: () => T): T {
    return work();
  }

  abstract again(): CallRecorder;

  /** Records the end of the call, with its result or its error. */
  protected abstract ended(
    seconds: number,
    end: { readonly result: unknown } | { readonly error: unknown },
  ): void;

  protected secondsSince(startedMs: number): number {
    return (this.host.clock.monotonicMs() - startedMs) / 1_000;
  }

  protected guard(record: () => void): void {
    try {
      record();
    } catch (fault) {
      this.host.report(fault);
    }
  }
}
