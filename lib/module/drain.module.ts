import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { currentProvider } from './current-provider.js';
import { Lifecycle } from './lifecycle.js';

/**
 * Signals the end of the start and the beginning of the shutdown: its module is the last to start
 * and the first to be destroyed.
 */
@Injectable()
class DrainHooks implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #modules: ModulesContainer;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    this.#modules = modules;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} */
  onApplicationBootstrap(): void {
    this.#lifecycle?.started();
  }

  /** {@inheritDoc OnModuleDestroy.onModuleDestroy} Nest awaits it before it destroys the next module. */
  async onModuleDestroy(): Promise<void> {
    await this.#lifecycle?.drain();
  }

  get #lifecycle(): Lifecycle | undefined {
    return currentProvider(this.#modules, Lifecycle);
  }
}

// Nest destroys modules one after the other by their distance from the root, the nearest first. The
// root has 1.
const NEAREST = -1;

/**
 * Precedes the root module when Nest destroys modules, and follows it when Nest starts them. When
 * it is destroyed, every bus of `@nestjs/cqrs` still delivers events, regardless of the importing
 * module.
 */
@Module({ providers: [DrainHooks] })
export class DrainModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    for (const it of modules.values()) if (it.metatype === DrainModule) it.distance = NEAREST;
  }
}
