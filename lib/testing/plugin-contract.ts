import assert from 'node:assert/strict';
import { systemTimers } from '../kernel/timers.js';
import { withinTime } from '../kernel/time-limit.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import type { ContractCase } from './exporter-contract.js';

/** An application that runs with a plugin. */
export interface PluginApplication {
  /** Shuts the application down, hooks included. */
  close(): Promise<void>;
}

/** Subject of the contract. */
export interface PluginContractOptions {
  /** Makes the plugin; every case has its own. */
  create(): ObservabilityPlugin;
  /**
   * Starts an application with `ObservabilityModule.forRoot({ plugins })` and whatever else the plugin requires, and
   * resolves when it has started. Enable shutdown hooks or call `app.close()` in `close`.
   */
  start(plugin: ObservabilityPlugin): Promise<PluginApplication>;
}

const LIMIT_MS = 10_000;
const NAME = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * Returns what every plugin must do, as cases for any test runner.
 *
 * @example
 * ```ts
 * import { Test } from '@nestjs/testing';
 * import { ObservabilityModule, type ObservabilityPlugin } from '@eventcore/nestjs-observability';
 * import { pluginContract } from '@eventcore/nestjs-observability/testing';
 *
 * declare const it: (title: string, run: () => Promise<void>) => void;
 * declare const buildInfo: () => ObservabilityPlugin;
 *
 * const start = async (plugin: ObservabilityPlugin) => {
 *   const imports = [ObservabilityModule.forRoot({ plugins: [plugin] })];
 *   const module = await Test.createTestingModule({ imports }).compile();
 *   return module.createNestApplication().init();
 * };
 * for (const { title, run } of pluginContract({ create: buildInfo, start })) it(title, run);
 * ```
 */
export function pluginContract(options: PluginContractOptions): readonly ContractCase[] {
  return contract.map(({ title, check }) => ({
    title,
    skip: undefined,
    run: () => check(options),
  }));
}

interface ContractRule {
  readonly title: string;
  check(options: PluginContractOptions): Promise<void>;
}

const contract: readonly ContractRule[] = [
  {
    title: 'The plugin has a name that others can require',
    check: async ({ create }) => {
      assert.match(create().name, NAME);
      assert.equal(create().name, create().name, 'two plugins of one kind have one name');
    },
  },
  {
    title: 'The plugin starts and stops with the application',
    check: async ({ create, start }) => {
      const application = await inTime(start(create()), 'the start');
      await inTime(application.close(), 'the shutdown');
    },
  },
  {
    title:
      'The plugin runs in two applications at the same time, and the end of one leaves the other alone',
    check: async ({ create, start }) => {
      const plugin = create();
      const first = await inTime(start(plugin), 'the first start');
      const second = await inTime(start(plugin), 'the second start');
      await inTime(first.close(), 'the first shutdown');
      await inTime(second.close(), 'the second shutdown');
    },
  },
  {
    title: 'The plugin starts again after its application has ended',
    check: async ({ create, start }) => {
      const plugin = create();
      for (const round of ['first', 'second']) {
        const application = await inTime(start(plugin), `the ${round} start`);
        await inTime(application.close(), `the ${round} shutdown`);
      }
    },
  },
  {
    title: 'The plugin leaves no timer behind that keeps the process alive',
    check: async ({ create, start }) => {
      const before = timersOfProcess();
      const application = await inTime(start(create()), 'the start');
      await inTime(application.close(), 'the shutdown');
      assert(timersOfProcess() <= before, 'a timer is left that is neither cleared nor unref()ed');
    },
  },
  {
    title: 'The plugin keeps its options as they were when hooks run',
    check: async ({ create, start }) => {
      const plugin = create();
      const before = JSON.stringify(plugin.options);
      const application = await inTime(start(plugin), 'the start');
      await inTime(application.close(), 'the shutdown');
      assert.equal(JSON.stringify(plugin.options), before);
    },
  },
];

function inTime<T>(work: Promise<T>, subject: string): Promise<T> {
  const limit = { limitMs: LIMIT_MS, keepsAlive: true, timers: systemTimers };
  return withinTime(work, limit, () => new Error(`${subject} took longer than ${LIMIT_MS} ms`));
}

/** Timers without `unref()`; the others do not keep a process alive and are not listed. */
function timersOfProcess(): number {
  return process.getActiveResourcesInfo().filter((it) => it === 'Timeout').length;
}
