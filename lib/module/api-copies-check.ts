import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { reportApiCopies } from '../tracing/start-up/reported-copies.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/** Says so when spans are lost because there are several versions of `@opentelemetry/api`, whoever started the SDK. */
@Injectable()
export class ApiCopiesCheck implements OnApplicationBootstrap {
  readonly #runtime: ObservabilityRuntime;

  constructor(@Inject(ObservabilityRuntime) runtime: ObservabilityRuntime) {
    this.#runtime = runtime;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} By now everything has been loaded. */
  onApplicationBootstrap(): void {
    const { enabled, tracing, faults } = this.#runtime;
    if (!enabled || tracing === undefined) return;
    try {
      reportApiCopies((it) => new Logger('Observability').warn(it));
    } catch (fault) {
      faults.report('tracing', fault);
    }
  }
}
