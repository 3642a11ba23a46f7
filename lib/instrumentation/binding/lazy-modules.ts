import type { InjectionToken } from '@nestjs/common';
import { LazyModuleLoader, type ModuleRef, type ModulesContainer } from '@nestjs/core';
import type { Modules } from './handler-explorer.js';
import { MethodOverrides } from '../calls/method-overrides.js';
import type { Capability } from '../../kernel/capability.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';

/** Receives modules that Nest has loaded after the start. It must accept a module that it has received before. */
export type LoadedListener = (modules: Modules) => void;

/** Dependencies of {@link LazyModules}. */
export interface LazyModulesDeps {
  readonly modules: ModulesContainer;
  readonly moduleRef: ModuleRef;
  readonly faults: Faults;
}

/** Reports the modules that `LazyModuleLoader` loads. Nest calls no lifecycle hook for them. */
export class LazyModules implements Capability {
  readonly name = 'lazy_modules';
  readonly #deps: LazyModulesDeps;
  readonly #overrides = new MethodOverrides();
  readonly #known = new WeakSet<object>();
  readonly #listeners: LoadedListener[] = [];
  #loads = 0;

  constructor(deps: LazyModulesDeps) {
    this.#deps = deps;
  }

  /** Adds a listener, which runs after those added before it. */
  onLoaded(listener: LoadedListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Returns the instance of a provider of any module. `ModuleRef` does not find those of modules that are loaded after
   * its first search.
   *
   * @throws Error of Nest if no module has the provider.
   */
  find(token: InjectionToken): unknown {
    const { modules, moduleRef } = this.#deps;
    try {
      return moduleRef.get(token as string, { strict: false });
    } catch (error) {
      const module = [...modules.values()].find(({ providers }) => providers.has(token));
      const found: unknown = module?.providers.get(token)?.instance;
      if (found === undefined || found === null) throw error;
      return found;
    }
  }

  /** {@inheritDoc Capability.init} */
  init(): void {
    const { modules, moduleRef } = this.#deps;
    for (const it of modules.values()) this.#known.add(it);
    const loader = loaderOf(moduleRef);
    if (loader === undefined) return;
    const load = <T>(run: () => Promise<T>) => this.#load(run);
    this.#overrides.method(loader, 'load', (original) => {
      return function (this: unknown, ...args) {
        return load(() => Reflect.apply(original, this, args) as Promise<unknown>);
      };
    });
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  async #load<T>(run: () => Promise<T>): Promise<T> {
    this.#loads++;
    let loaded: T;
    try {
      loaded = await run();
    } finally {
      this.#loads--;
    }
    this.#announce();
    return loaded;
  }

  #announce(): void {
    const modules = [...this.#deps.modules.values()].filter((it) => !this.#known.has(it));
    if (modules.length === 0) return;
    for (const listener of this.#listeners)
      notify(this.#deps.faults, this.name, () => listener(modules));
    // Instances of a module that another load still builds are missing; that load reports it again.
    if (this.#loads === 0) for (const it of modules) this.#known.add(it);
  }
}

function loaderOf(moduleRef: ModuleRef): LazyModuleLoader | undefined {
  try {
    return moduleRef.get(LazyModuleLoader, { strict: false });
  } catch {
    // A test double of the container without Nest's own module.
    return undefined;
  }
}
