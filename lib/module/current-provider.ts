import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/**
 * Returns the provider of a class; `undefined` without one. A testing builder that is compiled again makes new providers,
 * while modules and `ModuleRef` keep those of the first time.
 */
export function currentProvider<T>(modules: ModulesContainer, token: Type<T>): T | undefined {
  for (const { providers } of modules.values()) {
    const instance: unknown = providers.get(token)?.instance;
    if (instance instanceof token) return instance;
  }
  return undefined;
}
