import type { OnApplicationBootstrap } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Calls `done` when the application has finished starting. Nest tells nobody; what it runs last is the bootstrap hook of
 * the root module's class, so that hook is extended, on the instance alone.
 */
export function afterBootstrap(modules: ModulesContainer, done: () => void): void {
  // The first one is Nest's own core module.
  const [, root] = modules.values();
  const host = root?.getProviderByKey<Partial<OnApplicationBootstrap>>(root.metatype);
  const instance = host?.instance;
  if (!instance || !Object.isExtensible(instance) || !host.isDependencyTreeStatic()) {
    done();
    return;
  }
  const hook = instance.onApplicationBootstrap;
  Object.defineProperty(instance, 'onApplicationBootstrap', {
    configurable: true,
    writable: true,
    value: async () => {
      await hook?.call(instance);
      done();
    },
  });
}
