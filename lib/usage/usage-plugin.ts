import { performance } from 'node:perf_hooks';
import type { InjectionToken } from '@nestjs/common';
import type { TracingObserver } from '../kernel/call-tracer.js';
import { LimitedValues } from '../kernel/label.js';
import { systemTimers } from '../kernel/timers.js';
import { usageCpuMetrics, usageMetrics } from '../metrics/catalogue/plugins/usage.js';
import { LabelScope } from '../metrics/cardinality/label-scope.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import { assertOptions } from '../options/assert-options.js';
import type {
  CallFollower,
  FollowedApplication,
  FollowingPlugin,
} from '../plugins/call-follower.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import { HandlerUsage, type HandlerUsageDeps } from './handler-usage.js';
import { LoopCpu, type WindowPace } from './loop-cpu.js';
import { TENANT_LIMIT, type UsageOptions, usageOptions } from './usage-options.js';

/**
 * Plugin that counts calls and their time by handler and tenant, and divides the busy time of the event loop among them.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { usage } from '@eventcore/nestjs-observability/usage';
 *
 * interface OfTenant {
 *   readonly tenantId?: string;
 * }
 *
 * export const observability = ObservabilityModule.forRoot({
 *   plugins: [
 *     usage({
 *       tenant: (_handler, [message]) => (message as OfTenant | undefined)?.tenantId,
 *       tenants: ['acme', 'globex'],
 *       cpu: 'windows',
 *     }),
 *   ],
 * });
 * ```
 */
export function usage(options: UsageOptions = {}): ObservabilityPlugin {
  assertOptions('usage()', usageOptions, options);
  const { tenant, ...shown } = options;
  const plugin: FollowingPlugin = {
    name: 'usage',
    options: { ...shown, ...(tenant !== undefined && { tenant: 'on' }) },
    follower: ApplicationUsage as InjectionToken<CallFollower>,
    providers: [{ provide: ApplicationUsage, useFactory: () => new ApplicationUsage(options) }],
    init: ({ get }) => get(ApplicationUsage).loop?.start(),
    stop: ({ get }) => get(ApplicationUsage).loop?.stop(),
  };
  return plugin;
}

/** Use of the handlers of one application. */
class ApplicationUsage implements CallFollower {
  readonly #options: UsageOptions;
  /** Divides the time of the event loop; `undefined` without an estimate. */
  loop: LoopCpu | undefined;

  constructor(options: UsageOptions) {
    this.#options = options;
  }

  /** {@inheritDoc CallFollower.follow} */
  follow({ registry, namespace, faults }: FollowedApplication): TracingObserver {
    const { tenant, tenants, tenantLimit = TENANT_LIMIT, cpu: mode = false } = this.#options;
    const { calls, wall } = registerCatalogue(registry, usageMetrics, { namespace });
    const { cpu, unattributed } =
      mode === false ? {} : registerCatalogue(registry, usageCpuMetrics, { namespace });
    if (mode !== false) this.loop = loopCpu(mode, (ms) => unattributed?.inc(ms / 1_000));
    const deps: HandlerUsageDeps = {
      tenant,
      tenants: new LimitedValues(tenants === undefined ? tenantLimit : 0, tenants),
      loop: this.loop,
      faults,
      seriesOf: (labels) => {
        const scope = new LabelScope(labels, [[calls], [wall], ...(cpu ? [[cpu] as const] : [])]);
        return { calls: scope.of(calls), wall: scope.of(wall), cpu: cpu && scope.of(cpu) };
      },
    };
    return {
      bind: (handler) => new HandlerUsage(handler, deps),
      followOperation: () => undefined,
      carry: (metadata) => metadata,
      published: () => undefined,
      deliver: (_message, work) => work(),
    };
  }
}

const FIRST_CHEAP_CONTEXT = 24;
const NODE_MAJOR = Number.parseInt(process.versions.node, 10);

// From Node.js 24 on, an await that begins before the hooks does not show its end: the lead lets those end that take less.
// Before, the context shows them all, and watched awaits cost several times as much.
const PACE: WindowPace =
  NODE_MAJOR >= FIRST_CHEAP_CONTEXT
    ? { periodMs: 1_500, leadMs: 100 }
    : { periodMs: 2_000, leadMs: 0 };

/** The event loop of this thread has the time of the system, whatever time the application has. */
function loopCpu(mode: 'windows' | 'always', unattributed: (ms: number) => void): LoopCpu {
  return new LoopCpu(mode, {
    pace: PACE,
    timers: systemTimers,
    random: Math.random,
    now: () => performance.now(),
    busyMs: () => performance.eventLoopUtilization().active,
    unattributed,
  });
}
