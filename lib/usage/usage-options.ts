import * as v from 'valibot';
import { group, type GroupCheck, list, option } from '../options/description.js';
import { callback, OFF, text, wholeNumber } from '../options/standard-options.js';

/** A call, as {@link UsageOptions.tenant} sees it. */
export interface UsedHandler {
  /** Kind of the handler: `command`, `query`, `projection`, `job`, `message` or `pipeline`. */
  readonly source: string;
  /** Name of the handler, after its queue, pipeline or transport. */
  readonly handler: string;
}

/** Options of {@link usage}. */
export interface UsageOptions {
  /**
   * Returns the tenant that a call works for. It is called for every call; `undefined` and an empty text are the tenant
   * `none`.
   *
   * @param call - Handler of the call.
   * @param args - Arguments of the call: the command, the event, the job.
   * @defaultValue every call has the tenant `none`
   */
  tenant?(call: UsedHandler, args: readonly unknown[]): string | undefined;
  /** Names of the tenants. All others are reported as `__other__`. @defaultValue the first `tenantLimit` that are seen */
  readonly tenants?: readonly string[];
  /** Number of tenants that are told apart, 1 to 10,000. Further ones are reported as `__other__`. @defaultValue 100 */
  readonly tenantLimit?: number;
  /**
   * Estimates the busy time of the event loop that each handler uses for each tenant. `windows` watches an eighth of the
   * time and estimates the rest from it. `always` watches all of it, at a price for every await of the process.
   *
   * @defaultValue false
   */
  readonly cpu?: false | 'windows' | 'always';
}

const remedy = 'Pass something like (_, [command]) => command.tenantId.';

/** Number of tenants that are told apart where their names are not given. */
export const TENANT_LIMIT = 100;

/** Rule that an option has an effect only if another one is present, or absent. */
function effect(at: keyof UsageOptions, rule: string, holds: GroupCheck['holds']): GroupCheck {
  return { at, rule, remedy: `Remove ${at}.`, holds: (it) => it[at] === undefined || holds(it) };
}

const NEEDS_TENANT = 'has no effect without the option tenant';

/** Description of {@link UsageOptions}. */
export const usageOptions = group<UsageOptions>(
  {
    tenant: callback(remedy),
    tenants: list(text(), {
      rule: 'an array of names of tenants',
      remedy: "Pass something like ['acme', 'globex'].",
      atLeast: 1,
    }),
    tenantLimit: wholeNumber(1, 10_000),
    cpu: option(v.union([OFF, v.picklist(['windows', 'always'])]), {
      rule: "false, 'windows' or 'always'",
      remedy: "Pass 'windows', or leave the option out.",
    }),
  },
  {
    rule: 'an object with tenant, tenants, tenantLimit and cpu',
    remedy: 'Pass an object, or leave it out.',
    checks: [
      effect('tenants', NEEDS_TENANT, (it) => it['tenant'] !== undefined),
      effect('tenantLimit', NEEDS_TENANT, (it) => it['tenant'] !== undefined),
      effect('tenantLimit', 'has no effect beside tenants', (it) => it['tenants'] === undefined),
    ],
  },
);
