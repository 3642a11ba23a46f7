/** What `@opentelemetry/api` 1.x keeps on `globalThis`; every copy of the package uses the same place. */
export interface OtelGlobals {
  readonly version?: string;
  readonly trace?: object;
}

const KEY = Symbol.for('opentelemetry.js.api.1');

/** What has been registered in this process, by whichever copy of the API. */
export function otelGlobals(): OtelGlobals {
  return (globalThis as { [KEY]?: OtelGlobals })[KEY] ?? {};
}

/** Whether anything has been registered in this process, of spans or of anything else. */
export function isAnythingRegistered(): boolean {
  return (globalThis as { [KEY]?: OtelGlobals })[KEY] !== undefined;
}

/**
 * The class of the tracer provider that the application registered itself.
 *
 * @returns `undefined` when there is none, or one that does nothing.
 */
export function foreignProvider(): string | undefined {
  const { trace } = otelGlobals() as { trace?: { getDelegate?: () => object } };
  if (trace === undefined) return undefined;
  const provider = trace.getDelegate?.() ?? trace;
  // Bundlers put marks around the names of classes that they move; those of SDK 3.x have one.
  const name = provider.constructor.name.replace(/^_+|\$\d+$/g, '');
  return name === 'NoopTracerProvider' ? undefined : name;
}
