import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ObservabilityRuntime } from '../observability-runtime.js';

/** Says so when spans are lost because there are several versions of `@opentelemetry/api`, whoever started the SDK. */
@Injectable()
export class ApiCopiesCheck implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #runtime: ObservabilityRuntime;
  #soon: NodeJS.Immediate | undefined;

  constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} By now everything has been loaded. */
  onApplicationBootstrap(): void {
    const { enabled, tracing } = this.#runtime;
    if (!enabled || tracing === undefined) return;
    // It looks into many folders, and the application does not depend on what it finds.
    this.#soon = setImmediate(() => void this.#report()).unref();
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  onApplicationShutdown(): void {
    clearImmediate(this.#soon);
  }

  async #report(): Promise<void> {
    const search = await loadSearch();
    try {
      search?.reportApiCopies((it) => new Logger('Observability').warn(it));
    } catch (fault) {
      this.#runtime.faults.report('tracing', fault);
    }
  }
}

/** Where modules are compiled to CommonJS, as under Jest, nothing can look for what is installed. */
async function loadSearch() {
  try {
    return await import('../../tracing/start-up/sdk/api-copies.js');
  } catch {
    return undefined;
  }
}
