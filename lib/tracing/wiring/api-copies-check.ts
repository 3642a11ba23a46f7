import type { Capability } from '../../kernel/capability.js';
import type { Faults } from '../../kernel/faults.js';

/** Dependencies of an {@link ApiCopiesCheck}. */
export interface ApiCopiesCheckDeps {
  readonly faults: Faults;
  warn(message: string): void;
}

/** Warns when spans are lost because the process holds several versions of `@opentelemetry/api`. */
export class ApiCopiesCheck implements Capability {
  readonly name = 'tracing';
  readonly #deps: ApiCopiesCheckDeps;
  #soon: NodeJS.Immediate | undefined;

  constructor(deps: ApiCopiesCheckDeps) {
    this.#deps = deps;
  }

  /** {@inheritDoc Capability.bootstrap} All packages are loaded by then. */
  bootstrap(): void {
    // The search reads many folders, and the start does not depend on its result.
    this.#soon = setImmediate(() => void this.#report()).unref();
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    clearImmediate(this.#soon);
  }

  async #report(): Promise<void> {
    try {
      const { reportApiCopies } = await import('../start-up/sdk/api-copies.js');
      await reportApiCopies((it) => this.#deps.warn(it));
    } catch (fault) {
      this.#deps.faults.report('tracing', fault);
    }
  }
}
