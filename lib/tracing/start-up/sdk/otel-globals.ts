/** Registry that `@opentelemetry/api` 1.x keeps on `globalThis`; every copy of the package shares it. */
export interface OtelGlobals {
  readonly version?: string;
  readonly trace?: object;
  readonly propagation?: object;
}

const KEY = Symbol.for('opentelemetry.js.api.1');

/** Returns the registrations of this process, by any copy of the API. */
export function otelGlobals(): OtelGlobals {
  return (globalThis as { [KEY]?: OtelGlobals })[KEY] ?? {};
}

/** Returns true if this process has any OpenTelemetry registration, of spans or another signal. */
export function isAnythingRegistered(): boolean {
  return (globalThis as { [KEY]?: OtelGlobals })[KEY] !== undefined;
}

/**
 * Returns the class name of the tracer provider that the application has registered.
 *
 * @returns `undefined` without one, or for one that does nothing.
 */
export function foreignProvider(): string | undefined {
  const { trace } = otelGlobals() as { trace?: { getDelegate?: () => object } };
  if (trace === undefined) return undefined;
  const provider = trace.getDelegate?.() ?? trace;
  // Bundlers rename classes that they move; those of SDK 3.x have such a name.
  const name = provider.constructor.name.replace(/^_+|\$\d+$/g, '');
  return name === 'NoopTracerProvider' ? undefined : name;
}
