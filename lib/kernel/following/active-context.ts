/** Key of the registry that all copies of version 1 of the OpenTelemetry API share. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');
// Keys of a context are registered symbols of their description, in every copy of the API.
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

interface ActiveContext {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): ActiveContext;
}

interface ContextManager {
  active(): ActiveContext;
  with<T>(context: ActiveContext, work: () => T): T;
}

/** Span of OpenTelemetry, with the members that this library reads. */
export interface ActiveSpan {
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

function contextManager(): ContextManager | undefined {
  const registry = (globalThis as { readonly [REGISTRY]?: { readonly context?: ContextManager } })[
    REGISTRY
  ];
  return registry?.context;
}

/** Returns true when OpenTelemetry follows the asynchronous work of this process. */
export function hasContextManager(): boolean {
  return contextManager() !== undefined;
}

/** Returns a value of OpenTelemetry's active context, without loading its API. */
export function activeValue(key: symbol): unknown {
  return contextManager()?.active().getValue(key);
}

/** Returns OpenTelemetry's active span. */
export function activeSpan(): ActiveSpan | undefined {
  return activeValue(SPAN) as ActiveSpan | undefined;
}

/** Runs work whose requests have no spans and carry no trace context. */
export function withoutTracing<T>(work: () => T): T {
  const manager = contextManager();
  if (manager === undefined) return work();
  return manager.with(manager.active().setValue(SUPPRESSED, true), work);
}
