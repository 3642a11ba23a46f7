import { LazyModuleLoader, type ModuleRef } from '@nestjs/core';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { describe, expect, it, vi } from 'vitest';
import { terminusKnowsDegraded } from '../../../../lib/health/terminus/terminus-executors.js';
import { LazyTerminus } from '../../../../lib/health/terminus/terminus-services.js';

const indicators = new HealthIndicatorService();
const checks = {} as HealthCheckService;
const provided = new Map<unknown, unknown>([
  [HealthCheckService, checks],
  [HealthIndicatorService, indicators],
]);

/** Has what is given, and throws for anything else, as that of Nest does. */
function moduleRefWith(found: ReadonlyMap<unknown, unknown>): ModuleRef {
  const get = (token: unknown) => {
    if (!found.has(token)) throw new Error('unknown');
    return found.get(token);
  };
  return { get } as ModuleRef;
}

function applicationWithout(load: () => Promise<ModuleRef>) {
  return new LazyTerminus(moduleRefWith(new Map([[LazyModuleLoader, { load }]])));
}

describe('the services of Terminus', () => {
  it('The services of Terminus are those of the application', async () => {
    const services = await new LazyTerminus(moduleRefWith(provided)).services();
    expect(services.checks).toBe(checks);
  });

  it('The services of Terminus are added once, however many ask for them at a time', async () => {
    const load = vi.fn<() => Promise<ModuleRef>>(async () => moduleRefWith(provided));
    const terminus = applicationWithout(load);
    const answers = await Promise.all([terminus.services(), terminus.services()]);
    expect(answers.map((it) => it.checks)).toEqual([checks, checks]);
    await terminus.services();
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('The services of Terminus are asked for again after they could not be added', async () => {
    const load = vi
      .fn<() => Promise<ModuleRef>>(async () => moduleRefWith(provided))
      .mockRejectedValueOnce(new Error('no memory'));
    const terminus = applicationWithout(load);
    await expect(terminus.services()).rejects.toThrow('no memory');
    expect((await terminus.services()).checks).toBe(checks);
  });
});

describe('an application', () => {
  const modulesWith = (token: unknown, instance: unknown) => [
    { metatype: undefined, imports: [], providers: new Map([[token, { instance }]]) },
  ];

  it('An application may say "degraded" where its Terminus, or nobody, reads it', () => {
    // Terminus 11 has no such answer.
    const old = { check: () => ({ up: () => undefined, down: () => undefined }) };
    expect(terminusKnowsDegraded(modulesWith(HealthIndicatorService, indicators))).toBe(true);
    expect(terminusKnowsDegraded(modulesWith(HealthIndicatorService, old))).toBe(false);
    expect(terminusKnowsDegraded(modulesWith(HealthCheckService, checks))).toBe(true);
    expect(terminusKnowsDegraded([])).toBe(true);
  });
});
