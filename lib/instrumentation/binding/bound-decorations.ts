import type { SpanOptions, TracingObserver } from '../../kernel/call-tracer.js';
import type { AnyHandlerOptions } from '../decorators/handler-options.js';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { EventStoreObserver, HandlerIdentity, Observer } from '../../kernel/observer.js';
import {
  type HandlerDecoration,
  isOfKind,
  type OperationDecoration,
} from '../decorators/handler-decoration.js';
import {
  fixedLabels,
  type HandledMessages,
  type HandlerClass,
  handlerName,
  methodName,
} from '../decorators/handler-name.js';
import { StoreOperation } from '../event-store/store-operation.js';
import { type BindingContext, type BoundHandler, HandlerBinding } from './handler-binding.js';
import type { Handler } from './handler-inventory.js';
import { type HandlerLabels, LabelledHandler } from './labelled-handler.js';
import { type JobNames, QueuedHandler } from './queued-handler.js';

/** Dependencies of the instrumentation, available once the options of the application are known. */
export interface InstrumentationDeps {
  readonly observer: Observer;
  readonly context: BindingContext;
  readonly handlerLabels: HandlerLabels;
  /** Returns the name under which a handler of a kind reports in place of its own. @defaultValue its own */
  renamed?(kind: HandlerKind, name: string): string;
  /** Names of queued jobs by queue. @defaultValue the first 100 names of a queue */
  readonly jobNames?: JobNames | undefined;
  /** Kinds of the application. @defaultValue those that the decorators name */
  readonly kinds?: readonly HandlerKind[];
  /** Creates spans, if tracing is enabled. */
  readonly tracing?: TracingObserver | undefined;
  /** Finds the messages of handlers that a bus registers; they name commands and queries. */
  readonly messagesOf?: HandledMessages | undefined;
  /** Records event store operations; without it, they are not observed. */
  readonly eventStore?: EventStoreObserver;
}

/** Message without a handler. */
export interface Unhandled {
  readonly kind: HandlerKind;
  readonly name: string;
  readonly message: unknown;
  readonly error: unknown;
}

/** Settings of work without a method of its own. */
export interface WorkBinding {
  readonly isTraced: boolean;
  readonly options?: AnyHandlerOptions | undefined;
  readonly span?: SpanOptions;
  /** Follows the calls. @defaultValue the tracing of the application */
  readonly tracing?: TracingObserver | undefined;
}

/** Returns the handler of a decorated method in one application. */
export function handlerOf(
  decoration: HandlerDecoration,
  handlerClass: HandlerClass,
  { kinds = [], messagesOf, renamed }: InstrumentationDeps,
): Handler {
  const messages = messagesOf?.(handlerClass, decoration);
  const kind = kinds.find((it) => isOfKind(decoration, it)) ?? decoration.kind;
  const named = handlerName(decoration, handlerClass, messages);
  return {
    kind,
    ...named,
    name: renamed?.(kind, named.name) ?? named.name,
    messages,
    labels: fixedLabels(decoration),
    handlerClass,
    decoration,
  };
}

/**
 * Returns true if a handler is bound before its first call, because of its kind or because its
 * labels require validation.
 */
export function isBoundAtOnce({ kind, decoration }: Handler): boolean {
  return kind.binding === 'start' || decoration.options.labels !== undefined;
}

/**
 * Returns a handler of one class, bound to one application.
 *
 * @throws ConfigurationError `OBS_HANDLER_OPTION` for an undeclared label.
 */
export function boundHandlerOf(handler: Handler, parts: InstrumentationDeps): BoundHandler {
  const { kind, name, labels: fixed, decoration } = handler;
  const { observer, context, handlerLabels, tracing } = parts;
  const { labels: hooks, buckets, span = {}, id, metadata, eventTime } = decoration.options;
  const { attempt, hasSpan } = decoration.options;
  const ownHooks = {
    ...(hasSpan && { hasSpan }),
    ...(id && { id }),
    ...(metadata && { metadata }),
    ...(eventTime && { eventTime }),
  };
  const bind = (own: Readonly<Record<string, string>>, jobName = name) => {
    const labels = { ...fixed, ...own };
    const identity: HandlerIdentity = { kind, name: jobName, labels, buckets };
    return new HandlerBinding(identity, decoration.options, {
      observer: observer.bind(identity),
      tracer:
        span === false
          ? tracing?.withoutSpans?.bind({ ...identity, span: {}, ...ownHooks })
          : tracing?.bind({ ...identity, span, ...ownHooks }),
      context,
      decoration,
    });
  };
  const { faults } = context;
  if (attempt !== undefined) {
    const bindJob = (jobName: string) => bind({}, jobName);
    return new QueuedHandler({
      decoration,
      attempt,
      names: parts.jobNames,
      context,
      bind: bindJob,
    });
  }
  if (hooks === undefined) return bind({});
  assertDeclared(handler, handlerLabels);
  return new LabelledHandler({ decoration, hooks, declared: handlerLabels, faults, bind });
}

/**
 * Returns a decorated event store operation, bound to one application; `undefined` when operations
 * are not observed.
 */
export function boundOperationOf(
  decoration: OperationDecoration,
  { eventStore: observer, context, tracing }: InstrumentationDeps,
): StoreOperation | undefined {
  if (observer === undefined) return undefined;
  return new StoreOperation(decoration.options, { observer, context, tracing }, decoration);
}

function assertDeclared(
  { kind, handlerClass, decoration }: Handler,
  declared: HandlerLabels,
): void {
  const names = kind.handlerLabels ? Object.keys(declared) : [];
  const unknown = Object.keys(decoration.options.labels ?? {}).find((it) => !names.includes(it));
  if (unknown === undefined) return;
  throw new ConfigurationError('OBS_HANDLER_OPTION', {
    subject: `${handlerClass.name}.${methodName(decoration.key)}, labels`,
    value: unknown,
    rule: kind.handlerLabels
      ? `a label is one of those that handlerLabels declares: ${names.join(', ') || 'none'}`
      : `${kind.words.plural} have no labels of their own`,
    remedy: 'Declare the label and its values in handlerLabels, or remove the hook.',
  });
}
