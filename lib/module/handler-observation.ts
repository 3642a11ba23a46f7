import type { ModulesContainer } from '@nestjs/core';
import { HandlerExplorer, type Modules } from '../instrumentation/binding/handler-explorer.js';
import type { InstrumentationDeps } from '../instrumentation/binding/bound-decorations.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { CqrsIntegration } from '../integrations/cqrs/cqrs-integration.js';
import type { CqrsOptions } from '../integrations/cqrs/cqrs-options.js';
import { messagesOf } from '../integrations/cqrs/cqrs-role.js';
import type { Capability } from '../kernel/capability.js';
import { notify } from '../kernel/hooks.js';
import type { HandlerKind } from '../kernel/handler-kind.js';
import type { LazyModules } from '../instrumentation/binding/lazy-modules.js';

/** Dependencies of a {@link HandlerObservation}. */
export interface HandlerObservationDeps extends Omit<InstrumentationDeps, 'messagesOf'> {
  readonly instrumentation: Instrumentation;
  readonly modules: ModulesContainer;
  readonly lazyModules: LazyModules;
  /** Handler kinds of the application. */
  readonly kinds: readonly HandlerKind[];
  /** Handlers of `@nestjs/cqrs` to observe; `false` for none. */
  readonly cqrs: CqrsOptions | false;
  /** Logs a warning. */
  readonly warn: (message: string) => void;
}

// Takes about one millisecond.
const PREPARED_PER_TURN = 25;

/** Observes the decorated handlers of one application and those of `@nestjs/cqrs`. */
export class HandlerObservation implements Capability {
  readonly name = 'instrumentation';
  readonly #deps: HandlerObservationDeps;
  readonly #explorer: HandlerExplorer;
  #cqrs: CqrsIntegration | undefined;
  #preparing: NodeJS.Immediate | undefined;
  readonly #unobservable = new Set<string>();

  /**
   * Registers the classes of the application before their instances exist, so that handlers are observed from their first
   * call on.
   *
   * @throws ConfigurationError `OBS_HANDLER_DUPLICATE`, `OBS_HANDLER_OPTION`, `OBS_OPTION_INVALID`
   */
  constructor(deps: HandlerObservationDeps) {
    const { instrumentation, modules, lazyModules, warn: _warn, cqrs, ...rest } = deps;
    this.#deps = deps;
    this.#explorer = new HandlerExplorer(instrumentation);
    instrumentation.connect({ ...rest, messagesOf: cqrs === false ? undefined : messagesOf });
    this.#explorer.registerClasses(modules.values());
    this.#check();
    lazyModules.onLoaded((loaded) => {
      this.#observe(loaded);
      this.#warnOfUnobservable();
    });
  }

  /** {@inheritDoc Capability.init} */
  init(): void {
    const { instrumentation, modules, cqrs, tracing, context } = this.#deps;
    if (cqrs !== false) {
      this.#cqrs = new CqrsIntegration({ instrumentation, tracing, faults: context.faults }, cqrs);
    }
    this.#observe(modules.values());
    this.#cqrs?.assertNamesKnown();
    this.#warnOfNumbers();
  }

  /** {@inheritDoc Capability.bootstrap} */
  bootstrap(): void {
    this.#bindFields();
  }

  /** {@inheritDoc Capability.started} */
  started(): void {
    this.#bindFields();
    this.#warnOfUnobservable();
    this.#prepare();
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    clearImmediate(this.#preparing);
    this.#cqrs?.release();
    this.#deps.instrumentation.release();
  }

  /** Observes functions that init and bootstrap hooks have assigned in place of methods. */
  #bindFields(): void {
    const { modules, context } = this.#deps;
    notify(context.faults, 'instrumentation', () => this.#explorer.bindFields(modules.values()));
  }

  /** Binds handlers that have not been called in slices, after the start and before the first scrape needs them all. */
  #prepare(): void {
    this.#preparing = setImmediate(() => {
      const { instrumentation, context } = this.#deps;
      notify(context.faults, 'instrumentation', () => {
        if (!instrumentation.prepare(PREPARED_PER_TURN)) this.#prepare();
      });
    }).unref();
  }

  #observe(modules: Modules): void {
    const all = [...modules];
    this.#cqrs?.observe(all);
    this.#explorer.adoptInstances(all);
    this.#check();
  }

  #warnOfUnobservable(): void {
    const { instrumentation, warn } = this.#deps;
    const known = this.#unobservable;
    const added = [...instrumentation.unobservable].filter(([method]) => !known.has(method));
    if (added.length === 0) return;
    for (const [method] of added) known.add(method);
    const methods = added.map(([method, reason]) => `${method} (${reason})`).join(', ');
    warn(
      `Not observed: ${methods}. A function of its own replaces the decorated method. ` +
        'Decorate it, make it a method, or do not freeze it.',
    );
  }

  #warnOfNumbers(): void {
    const numbered = this.#deps.instrumentation.inventory.numbered();
    if (numbered.length === 0) return;
    const names = [...new Set(numbered.map(({ name }) => name))].join(', ');
    this.#deps.warn(
      `${names}: a bundler may have added the number, which can change with every build. ` +
        'Let the bundler keep names (keepNames of esbuild), or pass a name to the decorators.',
    );
  }

  #check(): void {
    const { instrumentation, kinds } = this.#deps;
    instrumentation.inventory.assertKinds(kinds);
    instrumentation.inventory.assertNames();
  }
}
