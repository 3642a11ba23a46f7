import { type ActiveSpan, activeSpan } from '../../kernel/following/active-context.js';
import type { OperationEnd, OperationInfo, OperationTrace } from '../../kernel/call-tracer.js';
import { errorFields } from '../log-hub.js';
import type { LogLevel } from '../log-level.js';
import { isSampled } from '../limits/success-sample.js';
import { currentScope, idsOf, type LogFields, type LogScope } from '../scope/log-scope.js';
import { durationMs } from './call-fields.js';
import type { DecidedLevels } from './line-levels.js';
import { isWritten, type LogObserverDeps, STORE_TARGET } from './line-writing.js';

/** Dependencies of a {@link StoreLine}. */
interface StoreLineDeps extends LogObserverDeps {
  readonly levels: DecidedLevels;
}

const APPENDS = {
  started: 'Writing events to store',
  success: 'Events written successfully',
  rejected: 'Optimistic concurrency conflict',
  failure: 'Failed to write events',
} as const;

const READS = {
  started: undefined,
  success: 'Events read successfully',
  rejected: 'Optimistic concurrency conflict',
  failure: 'Failed to read events',
} as const;

/** Line about one operation on an event store. Its events count for the call around it. */
export class StoreLine implements OperationTrace {
  readonly #info: OperationInfo;
  readonly #deps: StoreLineDeps;
  readonly #scope: LogScope | undefined = currentScope();
  #span: ActiveSpan | undefined;

  constructor(info: OperationInfo, deps: StoreLineDeps) {
    this.#info = info;
    this.#deps = deps;
  }

  sampledSpan(): undefined {
    // The span is the business of another observer.
  }

  run<T>(work: () => T): T {
    if (this.#span === undefined) {
      this.#span = activeSpan();
      const { started } = this.#messages;
      if (started !== undefined) this.#write(this.#deps.levels.success && 'debug', started, {});
    }
    return work();
  }

  ended({ events, seconds, thrown, error, conflict = false }: OperationEnd): void {
    const { levels, options } = this.#deps;
    const { appends, streamId } = this.#info;
    if (appends && events > 0) this.#scope?.appended(streamId, events);
    const ms = durationMs(seconds);
    if (error !== undefined) {
      const outcome = conflict ? 'rejected' : 'failure';
      const failure = errorFields(thrown, error);
      const fields = { event_count: events, duration_ms: ms, ...failure };
      // A conflict is part of the business: its line has no stack.
      const shown = conflict ? { ...fields, error_stack: undefined } : fields;
      return this.#write(levels[outcome], this.#messages[outcome], shown);
    }
    const isSlow = ms !== undefined && ms >= (options.slowMs ?? Infinity);
    const fields = { event_count: events, duration_ms: ms, ...(isSlow && { slow: true }) };
    const isWanted = isSlow || isSampled(options.sample, idsOf(this.#span));
    if (isWanted) this.#write(isSlow ? 'warn' : levels.success, this.#messages.success, fields);
  }

  get #messages() {
    return this.#info.appends ? APPENDS : READS;
  }

  #write(level: LogLevel | false, message: string, fields: LogFields): void {
    const { hub, options } = this.#deps;
    if (!isWritten(hub, STORE_TARGET, level)) return;
    const { operation, streamCategory, streamId } = this.#info;
    const about = {
      operation,
      stream_category: streamCategory,
      ...(options.stream && streamId !== undefined && { stream: streamId }),
    };
    const span = idsOf(this.#span ?? activeSpan());
    const scope = this.#scope;
    hub.write({
      level,
      target: STORE_TARGET,
      message,
      span,
      scope,
      fields: { ...about, ...fields },
    });
  }
}
