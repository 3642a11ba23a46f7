import { ProxyTracerProvider, trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

// What answers while no SDK is registered.
const NOTHING_REGISTERED: TracerProvider = new ProxyTracerProvider().getDelegate();

/** The tracer of whatever SDK is registered now; `undefined` while there is none. */
export class ActiveTracer {
  readonly #scope: { readonly name: string; readonly version: string };
  #provider: TracerProvider = NOTHING_REGISTERED;
  #tracer: Tracer | undefined;

  constructor(scope: { readonly name: string; readonly version: string }) {
    this.#scope = scope;
  }

  /** Asked for every call: without an SDK it compares two references. */
  get(): Tracer | undefined {
    const provider = registeredProvider();
    if (provider !== this.#provider) {
      const { name, version } = this.#scope;
      this.#provider = provider;
      this.#tracer =
        provider === NOTHING_REGISTERED ? undefined : provider.getTracer(name, version);
    }
    return this.#tracer;
  }
}

function registeredProvider(): TracerProvider {
  const provider = trace.getTracerProvider() as TracerProvider & Partial<ProxyTracerProvider>;
  return provider.getDelegate?.() ?? provider;
}
