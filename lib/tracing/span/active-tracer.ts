import {
  context,
  type Context,
  type ContextManager,
  ProxyTracerProvider,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

// Delegate of the API while no SDK is registered.
const NOTHING_REGISTERED: TracerProvider = new ProxyTracerProvider().getDelegate();

type Registered = TracerProvider & Partial<Pick<ProxyTracerProvider, 'getDelegate'>>;

/** Key of the registry, which all copies of version 1 of the API share. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

interface Registry {
  readonly trace?: Registered;
  readonly context?: ContextManager;
}

/**
 * Tracer of the currently registered SDK; `undefined` without one. The registry and the API agree
 * if their versions are compatible. The result is cached, because the API compares versions on
 * every call.
 */
export class ActiveTracer {
  readonly #scope: { readonly name: string; readonly version: string };
  /** Result of the API, if it equals the content of the registry. */
  #registered: Registered | undefined;
  #provider: TracerProvider = NOTHING_REGISTERED;
  #tracer: Tracer | undefined;

  constructor(scope: { readonly name: string; readonly version: string }) {
    this.#scope = scope;
  }

  /** Returns the tracer. Called per observation, and usually compares two references only. */
  get(): Tracer | undefined {
    const registered = registry()?.trace;
    if (registered === undefined) return undefined;
    return this.#isKnown(registered) && delegateOf(registered) === this.#provider
      ? this.#tracer
      : this.#lookUp(registered);
  }

  /** Returns the active context of the API. */
  context(): Context {
    const known = registry();
    const manager = this.#isKnown(known?.trace) ? known?.context : undefined;
    return manager === undefined ? context.active() : manager.active();
  }

  #isKnown(registered: Registered | undefined): boolean {
    return registered !== undefined && registered === this.#registered;
  }

  #lookUp(candidate: Registered): Tracer | undefined {
    const registered: Registered = trace.getTracerProvider();
    this.#registered = registered === candidate ? registered : undefined;
    const provider = delegateOf(registered);
    if (provider !== this.#provider) {
      const { name, version } = this.#scope;
      this.#provider = provider;
      this.#tracer =
        provider === NOTHING_REGISTERED ? undefined : provider.getTracer(name, version);
    }
    return this.#tracer;
  }
}

function registry(): Registry | undefined {
  return (globalThis as { readonly [REGISTRY]?: Registry })[REGISTRY];
}

function delegateOf(registered: Registered): TracerProvider {
  return registered.getDelegate?.() ?? registered;
}
