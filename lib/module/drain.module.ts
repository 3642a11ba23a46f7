import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { Lifecycle } from './lifecycle.js';

/** Reports the end of the start and the beginning of the shutdown: its module is the last to start and the first to end. */
@Injectable()
export class DrainHooks implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #moduleRef: ModuleRef;

  constructor(@Inject(ModuleRef) moduleRef: ModuleRef) {
    this.#moduleRef = moduleRef;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} */
  onApplicationBootstrap(): void {
    this.#lifecycle.started();
  }

  /** {@inheritDoc OnModuleDestroy.onModuleDestroy} Nest awaits it before it destroys the next module. */
  onModuleDestroy(): Promise<void> {
    return this.#lifecycle.drain();
  }

  get #lifecycle(): Lifecycle {
    return this.#moduleRef.get(Lifecycle, { strict: false });
  }
}

// Nest destroys modules by their distance from the root, the nearest first, one after the other. The root has 1.
const NEAREST = -1;

/**
 * Precedes the root module in the order in which Nest destroys modules, and follows it where Nest starts them. When it is
 * destroyed, every bus of `@nestjs/cqrs` still delivers events, wherever the bus was imported.
 */
@Module({ providers: [DrainHooks] })
export class DrainModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    for (const it of modules.values()) if (it.metatype === DrainModule) it.distance = NEAREST;
  }
}
