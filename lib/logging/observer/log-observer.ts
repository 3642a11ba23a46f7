import type {
  CallTracer,
  OperationInfo,
  OperationTrace,
  TracedHandler,
  TracingObserver,
} from '../../kernel/call-tracer.js';
import { decidedLevels, type DecidedLevels } from './line-levels.js';
import type { LogObserverDeps } from './line-writing.js';
import { HandlerLines } from './handler-lines.js';
import { StoreLine } from './store-line.js';

/** Writes lines about handler calls and event store operations. */
export class LogObserver implements TracingObserver {
  readonly #deps: LogObserverDeps;
  readonly #append: DecidedLevels;
  readonly #read: DecidedLevels;

  constructor(deps: LogObserverDeps) {
    const { append, read } = deps.options.lines;
    this.#deps = deps;
    this.#append = decidedLevels(append, { success: 'info', rejected: 'warn' });
    this.#read = decidedLevels(read, { success: 'debug', rejected: 'info' });
  }

  /** {@inheritDoc TracingObserver.bind} */
  bind(handler: TracedHandler): CallTracer {
    return new HandlerLines(handler, this.#deps);
  }

  /** {@inheritDoc TracingObserver.followOperation} */
  followOperation(operation: OperationInfo): OperationTrace | undefined {
    const levels = operation.appends ? this.#append : this.#read;
    return new StoreLine(operation, { ...this.#deps, levels });
  }

  /** {@inheritDoc TracingObserver.carry} */
  carry(metadata: unknown): unknown {
    return metadata;
  }

  /** Lines have no part in the trace context of messages. */
  published(): void {
    // Nothing is written about a message before it is handled.
  }

  /** {@inheritDoc TracingObserver.deliver} */
  deliver(_message: unknown, work: () => void): void {
    work();
  }
}
