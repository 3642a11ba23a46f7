import { type ActiveSpan, activeSpan } from '../../kernel/following/active-context.js';
import type { CallEnd, CallTrace, CallTracer, TracedHandler } from '../../kernel/call-tracer.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import type { KindLines } from '../../kernel/handler-kind.js';
import type { HandlingProgress } from '../../kernel/observer.js';
import { errorFields } from '../log-hub.js';
import { type LogLevel, OFF_RANK } from '../log-level.js';
import { isSampled } from '../limits/success-sample.js';
import { currentScope, idsOf, type LogFields, LogScope, runInScope } from '../scope/log-scope.js';
import { correlationFields, durationMs, handlerFields, messageFields } from './call-fields.js';
import { decidedLevels, type DecidedLevels, type LineLevels, linesOf } from './line-levels.js';
import { hasContext, isWritten, type LogObserverDeps } from './line-writing.js';

/** Writes the lines of one handler. */
export class HandlerLines implements CallTracer {
  readonly target: string;
  readonly messages: KindLines;
  readonly fixed: LogFields;
  readonly scopeName: string;
  readonly handler: TracedHandler;
  readonly deps: LogObserverDeps;
  readonly #levels: DecidedLevels;
  readonly #progress: (() => HandlingProgress) | undefined;
  readonly #countsEvents: boolean;
  #epoch = -1;
  #isActive = false;
  #mayHaveContext = false;

  constructor(handler: TracedHandler, deps: LogObserverDeps) {
    const { kind, name } = handler;
    const { lines } = deps.options;
    const given = (lines as Readonly<Record<string, LineLevels | false>>)[kind.name];
    this.handler = handler;
    this.deps = deps;
    this.target = `eventcore::${kind.name}`;
    this.messages = linesOf(kind);
    this.fixed = handlerFields(handler);
    this.scopeName = `${kind.name} ${name}`;
    this.#levels = decidedLevels(given, { success: this.messages.level, rejected: 'info' });
    this.#countsEvents = kind.span.countsAppendedEvents === true;
    this.#progress = kind.span.progress === true ? deps.progressOf(name) : undefined;
  }

  /** {@inheritDoc CallTracer.isActive} Failures of calls that are not followed have a line, too. */
  isActive(): boolean {
    const { levels } = this.deps.hub;
    if (levels.epoch !== this.#epoch) {
      this.#epoch = levels.epoch;
      const isSlowWritten = this.deps.options.slowMs !== undefined && this.isWritten('warn');
      this.#isActive = isSlowWritten || this.isWritten(this.#levels.success);
      // A context is only of use where a line could be written.
      this.#mayHaveContext = levels.lowest < OFF_RANK;
    }
    return this.#isActive || (this.#mayHaveContext && hasContext(this.deps.options.context));
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace | undefined {
    return this.isActive() ? new LoggedCall(this, args) : undefined;
  }

  /** {@inheritDoc CallTracer.failed} */
  failed(end: CallEnd): void {
    this.write(end, { span: undefined, fields: {}, scope: undefined });
  }

  /** Progress of the projection. */
  progressFields(): LogFields {
    if (this.#progress === undefined) return {};
    const { mode, lagSeconds } = this.#progress();
    return { mode, lag_seconds: lagSeconds };
  }

  /** Returns true when a line of this level is written. */
  isWritten(level: LogLevel | false): level is LogLevel {
    return isWritten(this.deps.hub, this.target, level);
  }

  /** Writes the line about the end of a call. */
  write(end: CallEnd, { span, fields, scope }: EndedCall): void {
    const { options, hub } = this.deps;
    const { outcome, seconds, attempts, thrown, error, events = scope?.events } = end;
    const ms = durationMs(seconds);
    const ids = idsOf(span ?? activeSpan());
    const isSlow = outcome === 'success' && ms !== undefined && ms >= (options.slowMs ?? Infinity);
    const level = isSlow ? 'warn' : this.#levels[outcome];
    if (!this.isWritten(level)) return;
    if (outcome === 'success' && !isSlow && !isSampled(options.sample, ids)) return;
    hub.write({
      level,
      target: this.target,
      message: this.#messageOf(end, fields),
      span: ids,
      scope,
      fields: {
        ...this.fixed,
        ...fields,
        outcome,
        duration_ms: ms,
        ...(this.#countsEvents && { events_written: events, affected_streams: scope?.streams }),
        ...(attempts > 1 && { attempts }),
        ...(isSlow && { slow: true }),
        ...(error !== undefined && outcomeFields(outcome, thrown, error)),
      },
    });
  }

  #messageOf({ outcome }: CallEnd, fields: LogFields): string {
    const { success, batch = success, failure, rejected = failure } = this.messages;
    if (outcome === 'rejected') return rejected;
    if (outcome === 'failure') return failure;
    return fields['event_count'] === undefined ? success : batch;
  }
}

/** A rejection is no fault: its line has no stack. */
function outcomeFields(outcome: string, thrown: unknown, error: ErrorDescription): LogFields {
  const fields = errorFields(thrown, error);
  return outcome === 'rejected' ? { ...fields, error_stack: undefined } : fields;
}

interface EndedCall {
  readonly span: ActiveSpan | undefined;
  readonly fields: LogFields;
  readonly scope: LogScope | undefined;
}

/** One call that lines are written about. */
class LoggedCall implements CallTrace {
  readonly #lines: HandlerLines;
  readonly #fields: LogFields;
  readonly #progress: LogFields;
  readonly #scope: LogScope;
  readonly #hasContext: boolean;
  readonly #correlation: LogFields;
  #span: ActiveSpan | undefined;
  #attempts = 1;

  constructor(lines: HandlerLines, args: readonly unknown[]) {
    const { handler, scopeName, fixed, deps } = lines;
    this.#lines = lines;
    this.#fields = messageFields(handler, args);
    this.#progress = lines.progressFields();
    this.#hasContext = hasContext(deps.options.context);
    const parent = currentScope();
    this.#correlation = { ...parent?.carried, ...correlationFields(args) };
    const own = { ...fixed, ...this.#fields };
    this.#scope = new LogScope({ name: scopeName, own, carried: this.#correlation, parent });
  }

  run<T>(work: () => T): T {
    if (this.#span === undefined) this.#begin();
    return this.#hasContext ? runInScope(this.#scope, work) : work();
  }

  setAttributes(): void {
    // Attributes belong to the span.
  }

  addEvent(): void {
    // Events belong to the span.
  }

  sampledSpan(): undefined {
    // The span is the business of another observer.
  }

  retried(thrown: unknown, error: ErrorDescription): void {
    const { deps, target, messages, fixed } = this.#lines;
    const { retry = 'warn' } = deps.options.lines;
    const attempt = this.#attempts++;
    if (!this.#lines.isWritten(retry)) return;
    deps.hub.write({
      level: retry,
      target,
      message: messages.retried,
      span: idsOf(this.#span),
      scope: this.#scope,
      fields: { ...fixed, ...this.#fields, attempt, ...errorFields(thrown, error) },
    });
  }

  ended(end: CallEnd): void {
    const fields = { ...this.#fields, ...this.#progress, ...this.#correlation };
    this.#lines.write(end, { span: this.#span, fields, scope: this.#scope });
  }

  #begin(): void {
    this.#span = activeSpan();
    const { deps, target, messages, fixed } = this.#lines;
    const { started } = messages;
    if (started === undefined || !this.#lines.isWritten('debug')) return;
    const fields = { ...fixed, ...this.#fields };
    deps.hub.write({ level: 'debug', target, message: started, scope: this.#scope, fields });
  }
}
