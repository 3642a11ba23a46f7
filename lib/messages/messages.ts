import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import type { AnyHandlerOptions } from '../instrumentation/decorators/handler-options.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { TracingObserver } from '../kernel/call-tracer.js';
import type { Faults } from '../kernel/faults.js';
import { OTHER } from '../kernel/label.js';
import { messageKind, type MessageSide } from '../kinds/message-kind.js';
import type { HandlerMetrics } from '../metrics/recorders/handler-metrics.js';
import type { MessagesOptions } from './messages-options.js';

/** Dependencies of {@link Messages}. */
export interface MessagesDeps {
  readonly instrumentation: Instrumentation;
  readonly handlers: HandlerMetrics;
  readonly faults: Faults;
  readonly options: MessagesOptions;
}

/** A kind of messages that a process handles or sends. */
export interface MessageRoute {
  readonly transport: string;
  readonly pattern: string;
  readonly side: MessageSide;
  /** Hooks for the calls. @defaultValue none */
  readonly options?: AnyHandlerOptions;
  /** Follows the calls. @defaultValue spans, and the plugins of the application */
  readonly tracing?: TracingObserver | undefined;
}

/** Maximum number of patterns that one client sends. Those of handlers are in the source code. */
const SENT_PATTERN_LIMIT = 100;

/** Messages of one application: their bindings by transport, pattern and side. */
export class Messages {
  readonly #deps: MessagesDeps;
  readonly #excluded: ReadonlySet<string>;
  readonly #bindings = new Map<string, HandlerBinding>();
  readonly #sent = new Map<string, number>();

  constructor(deps: MessagesDeps) {
    this.#deps = deps;
    this.#excluded = new Set(deps.options.exclude);
    deps.handlers.of(messageKind);
  }

  /** Component that reports faults. */
  get faults(): Faults {
    return this.#deps.faults;
  }

  /** Returns the binding of a kind of messages, with its series at 0; `undefined` for one that is excluded. Never throws. */
  bindingOf(route: MessageRoute): HandlerBinding | undefined {
    const { transport, pattern, side } = route;
    if (this.#excluded.has(pattern)) return undefined;
    const key = JSON.stringify([side, transport, pattern]);
    const known = this.#bindings.get(key);
    if (known !== undefined) return known;
    if (side === 'client' && pattern !== OTHER) {
      const sent = this.#sent.get(transport) ?? 0;
      if (sent >= SENT_PATTERN_LIMIT) return this.bindingOf({ ...route, pattern: OTHER });
      this.#sent.set(transport, sent + 1);
    }
    const made = this.#bind(route);
    if (made !== undefined) this.#bindings.set(key, made);
    return made;
  }

  /** Stops. */
  stop(): void {
    this.#bindings.clear();
    this.#sent.clear();
  }

  #bind({ transport, pattern, side, options, tracing }: MessageRoute): HandlerBinding | undefined {
    const { instrumentation, faults } = this.#deps;
    try {
      const identity = { kind: messageKind, name: pattern, labels: { transport, side } };
      const span = { name: `message ${transport} ${pattern}` };
      return instrumentation.bindWork(identity, { isTraced: true, options, span, tracing });
    } catch (fault) {
      faults.report('messages', fault);
      return undefined;
    }
  }
}
