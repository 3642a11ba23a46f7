import type { CallTrace, CallTracer, TracedHandler } from '../kernel/call-tracer.js';
import { requireSync, shown } from '../kernel/hooks.js';
import { detachString, type LimitedValues, toLabelValue } from '../kernel/label.js';
import { TenantUsage, type UsageSeries } from './tenant-usage.js';
import type { LoopCpu } from './loop-cpu.js';
import type { UsageOptions, UsedHandler } from './usage-options.js';

/** Tenant of a call for which the application names none. */
const NONE = 'none';

/** Dependencies that the handlers of one application share. */
export interface HandlerUsageDeps {
  readonly tenant: UsageOptions['tenant'];
  readonly tenants: LimitedValues;
  readonly loop: LoopCpu | undefined;
  readonly faults: { report(component: string, fault: unknown): void };
  seriesOf(labels: Readonly<Record<string, string>>): UsageSeries;
}

/** Use of one handler, by tenant. */
export class HandlerUsage implements CallTracer {
  readonly #handler: UsedHandler;
  readonly #deps: HandlerUsageDeps;
  readonly #byTenant = new Map<string, TenantUsage>();

  constructor({ kind, name, labels }: TracedHandler, deps: HandlerUsageDeps) {
    const fixed = Object.keys(kind.fixedLabels ?? {}).map((it) => labels[it]);
    this.#handler = { source: kind.errorSource, handler: [...fixed, name].join(' ') };
    this.#deps = deps;
  }

  /** {@inheritDoc CallTracer.isActive} */
  isActive(): boolean {
    return true;
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace {
    const tenant = this.#tenantOf(args);
    return this.#byTenant.get(tenant) ?? this.#usageOf(tenant);
  }

  #tenantOf(args: readonly unknown[]): string {
    const { tenant, faults } = this.#deps;
    if (tenant === undefined) return NONE;
    try {
      const name: unknown = requireSync(tenant(this.#handler, args)) ?? '';
      if (typeof name === 'string') return name === '' ? NONE : name;
      throw new TypeError(`a tenant is a text or undefined, not ${shown(name)}`);
    } catch (fault) {
      faults.report('usage', fault);
      return NONE;
    }
  }

  #usageOf(name: string): TenantUsage {
    const { tenants, loop, seriesOf } = this.#deps;
    const tenant = name === NONE ? NONE : tenants.of(detachString(toLabelValue(name)));
    const known = this.#byTenant.get(tenant);
    if (known !== undefined) return known;
    const made = new TenantUsage(seriesOf({ ...this.#handler, tenant }), loop);
    this.#byTenant.set(tenant, made);
    return made;
  }
}
