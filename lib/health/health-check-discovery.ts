import type { InjectionToken } from '@nestjs/common';
import type { ModuleRef, ModulesContainer } from '@nestjs/core';

import type { HealthCheckOptions } from './health-check-options.js';
import { declaredChecks, type DeclaredCheck } from './observed-check.decorator.js';
import type { HealthCheckDefinition } from './cached-health-check.js';
import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { healthCheckSettings } from './health-options.js';
import { assertOptions } from '../options/assert-options.js';

type Modules = Iterable<ModulesContainer extends Map<string, infer M> ? M : never>;

/**
 * Returns the checks of the option `health.checks`.
 *
 * @throws ConfigurationError `OBS_HEALTH_CHECK` for a token without a provider.
 */
export function checksOfOptions(
  checks: readonly HealthCheckOptions[],
  moduleRef: ModuleRef,
): HealthCheckDefinition[] {
  return checks.map(({ inject = [], check, ...settings }) => {
    const injected = inject.map((token) => providerOf(token, settings.name, moduleRef));
    const call = check as (...args: unknown[]) => unknown;
    return { ...settings, ask: (context) => call(...injected, context) };
  });
}

/**
 * Returns the checks that providers declare with a decorator.
 *
 * @param seen - Instances whose checks are known already; those found are added to it.
 * @throws ConfigurationError `OBS_HEALTH_CHECK` for invalid settings, a class without the method,
 * and a provider without exactly one instance.
 */
export function checksOfProviders(modules: Modules, seen: Set<unknown>): HealthCheckDefinition[] {
  const found: HealthCheckDefinition[] = [];
  for (const { providers, controllers } of modules) {
    for (const wrapper of [...providers.values(), ...controllers.values()]) {
      if (wrapper.isAlias) continue;
      const instance = wrapper.instance as object | undefined;
      const declaring = instance?.constructor ?? wrapper.metatype;
      const checks = typeof declaring === 'function' ? declaredChecks(declaring) : [];
      if (checks.length === 0 || seen.has(instance)) continue;
      seen.add(instance);
      const isOne = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
      for (const it of checks) found.push(definitionOf(it, isOne ? instance : undefined));
    }
  }
  return found;
}

function definitionOf({ key, settings }: DeclaredCheck, instance: unknown): HealthCheckDefinition {
  assertOptions(
    { subject: '@ObservedCheck', code: 'OBS_HEALTH_CHECK' },
    healthCheckSettings,
    settings,
  );
  const subject = `health check ${settings.name}`;
  if (instance === undefined || instance === null)
    throw problem({
      subject,
      value: key,
      rule: 'it stands on a provider that there is one instance of',
      remedy: 'Move it to a provider of the default scope.',
    });
  const methods = instance as Record<string | symbol, unknown>;
  if (typeof methods[key] !== 'function')
    throw problem({
      subject,
      value: key,
      rule: 'the name of a method of the class',
      remedy: 'Give the class a method check(), or put the decorator on a method.',
    });
  // Looked up on each call, so that a later wrapper of the method is called.
  const ask = (context: unknown) =>
    (methods[key] as (context: unknown) => unknown).call(instance, context);
  return { ...settings, ask };
}

function providerOf(token: InjectionToken, name: string, moduleRef: ModuleRef): unknown {
  try {
    return moduleRef.get(token as string, { strict: false });
  } catch {
    // Nest throws for unknown and request-scoped providers; the error below is more specific.
    throw problem({
      subject: `health check ${name}, inject`,
      value: token,
      rule: 'the token of a provider that there is one instance of',
      remedy: 'Import the module that provides it.',
    });
  }
}

function problem(found: ConfigurationProblem): ConfigurationError {
  return new ConfigurationError('OBS_HEALTH_CHECK', found);
}
