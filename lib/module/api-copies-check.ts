import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ObservabilityRuntime } from './observability-runtime.js';

/** Says so when spans are lost because there are several versions of `@opentelemetry/api`, whoever started the SDK. */
@Injectable()
export class ApiCopiesCheck implements OnApplicationBootstrap {
  readonly #runtime: ObservabilityRuntime;

  constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} By now everything has been loaded. */
  async onApplicationBootstrap(): Promise<void> {
    const { enabled, tracing, faults } = this.#runtime;
    if (!enabled || tracing === undefined) return;
    const search = await loadSearch();
    try {
      search?.reportApiCopies((it) => new Logger('Observability').warn(it));
    } catch (fault) {
      faults.report('tracing', fault);
    }
  }
}

/** Where modules are compiled to CommonJS, as under Jest, nothing can look for what is installed. */
async function loadSearch() {
  try {
    return await import('../tracing/start-up/reported-copies.js');
  } catch {
    return undefined;
  }
}
