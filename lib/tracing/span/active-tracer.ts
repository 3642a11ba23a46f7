import {
  context,
  type Context,
  type ContextManager,
  ProxyTracerProvider,
  trace,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';

// What answers while no SDK is registered.
const NOTHING_REGISTERED: TracerProvider = new ProxyTracerProvider().getDelegate();

type Registered = TracerProvider & Partial<Pick<ProxyTracerProvider, 'getDelegate'>>;

/** What is registered: the copies of version 1 of the API, the only one there is, look for it by this symbol. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1');

interface Registry {
  readonly trace?: Registered;
  readonly context?: ContextManager;
}

/**
 * The tracer of whatever SDK is registered now; `undefined` while there is none. What the registry holds is what the API
 * answers with if the two fit together: that is asked once, for the API compares its version each time.
 */
export class ActiveTracer {
  readonly #scope: { readonly name: string; readonly version: string };
  /** What the API answered with, if that is what the registry holds. */
  #registered: Registered | undefined;
  #provider: TracerProvider = NOTHING_REGISTERED;
  #tracer: Tracer | undefined;

  constructor(scope: { readonly name: string; readonly version: string }) {
    this.#scope = scope;
  }

  /** Asked for every call: mostly it compares two references. */
  get(): Tracer | undefined {
    const registered = registry()?.trace;
    if (registered === undefined) return undefined;
    return this.#isKnown(registered) && delegateOf(registered) === this.#provider
      ? this.#tracer
      : this.#lookUp(registered);
  }

  /** The active context, as the API has it. */
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
