import { adviceOf } from '../../../kernel/errors/fault-classification.js';
import { systemTimers } from '../../../kernel/timers.js';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../../../kernel/clock.js';
import { absorb } from '../../../kernel/hooks.js';
import { describeError, type Diagnostics } from '../telemetry-diagnostics.js';
import type { ExporterCounts } from './exporter-counts.js';
import type { FinishedSpan } from '../sdk/trace-sdk.js';

type ExportCallback = Parameters<SpanExporter['export']>[1];
type ExportResult = Parameters<ExportCallback>[0];

// The values of `ExportResultCode`.
const SUCCESS = 0;
const FAILED = 1;

/** Dependencies of a {@link GuardedExporter}. */
export interface ExporterGuard {
  readonly counts: ExporterCounts;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Time limit of an export in milliseconds. */
  readonly timeoutMs: number;
  /** Closes the connections of running exports. */
  readonly disconnect?: (() => void) | undefined;
}

// Concurrency limit of the OTLP exporters.
const MAX_UNANSWERED = 30;

/** Running export, settled once: by its result, the time limit or the shutdown. */
interface Export {
  settle(result: ExportResult): void;
}

/**
 * Enforces a time limit on any exporter, counts its exports and warns at most once a minute. It
 * also limits the number of concurrent exports, because an export that never settles keeps its
 * connection after the time limit.
 */
export class GuardedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #guard: ExporterGuard;
  readonly #underWay = new Set<Export>();
  #unanswered = 0;
  #idle: (() => void)[] = [];

  constructor(exporter: SpanExporter, guard: ExporterGuard) {
    this.#exporter = exporter;
    this.#guard = guard;
  }

  /** {@inheritDoc SpanExporter.export} */
  export(spans: FinishedSpan[], callback: ExportCallback): void {
    this.#guard.counts.started(spans.length);
    const own = this.#begin(spans.length, callback);
    if (this.#unanswered >= MAX_UNANSWERED) {
      own.settle(failure(`${MAX_UNANSWERED} exports are not answered yet`));
      return;
    }
    this.#unanswered += 1;
    let answered = false;
    const answer = (result: ExportResult): void => {
      if (!answered) this.#unanswered -= 1;
      answered = true;
      own.settle(result);
    };
    try {
      const refused = (error: unknown) => answer({ code: FAILED, error: error as Error });
      absorb(this.#exporter.export(spans, answer), refused);
    } catch (error) {
      answer({ code: FAILED, error: error as Error });
    }
  }

  /** Resolves when no export is running. */
  async idle(): Promise<void> {
    if (this.#underWay.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** {@inheritDoc SpanExporter.forceFlush} */
  async forceFlush(): Promise<void> {
    await this.idle();
  }

  /** {@inheritDoc SpanExporter.shutdown} */
  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  /** Gives up the running exports. */
  abandon(): void {
    for (const it of this.#underWay) it.settle(failure('given up by the shutdown'));
    this.#guard.disconnect?.();
  }

  #begin(spans: number, callback: ExportCallback): Export {
    const { clock, timeoutMs, counts } = this.#guard;
    const startedMs = clock.monotonicMs();
    const own: Export = {
      settle: (result) => {
        if (!this.#underWay.delete(own)) return;
        stopTimer();
        const { code, error } = resultOf(result);
        const succeeded = code === SUCCESS;
        const durationSeconds = (clock.monotonicMs() - startedMs) / 1000;
        counts.ended(succeeded ? 'success' : 'failure', spans, durationSeconds);
        if (!succeeded) this.#report(error);
        callback(error === undefined ? { code } : { code, error });
        if (this.#underWay.size === 0) this.#idle.splice(0).forEach((it) => it());
      },
    };
    const giveUp = () => own.settle(failure(`no answer within ${timeoutMs} ms`));
    const stopTimer = systemTimers.after(timeoutMs, giveUp);
    this.#underWay.add(own);
    return own;
  }

  #report(error: Error | undefined): void {
    const { diagnostics, counts } = this.#guard;
    diagnostics.warnSometimes(`export ${counts.exporter}`, () => {
      const { failed, dropped } = counts.read();
      return `exporter ${counts.exporter} failed: ${describeError(error)}; ${failed} spans lost so far, ${dropped} dropped. ${adviceOf('OBS_SPAN_EXPORT_FAILED')}`;
    });
  }
}

/** Reads an untrusted export result, which may throw when read. */
function resultOf(result: ExportResult): ExportResult {
  try {
    const { code, error } = result;
    return error === undefined ? { code } : { code, error };
  } catch (error) {
    return { code: FAILED, error: error as Error };
  }
}

function failure(message: string): ExportResult {
  return { code: FAILED, error: new Error(message) };
}
