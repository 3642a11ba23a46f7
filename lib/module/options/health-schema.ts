import * as v from 'valibot';

const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
// A timer takes no longer delay than this.
const LONGEST_DELAY_MS = 2 ** 31 - 1;
const milliseconds = v.pipe(v.number(), v.gtValue(0), v.maxValue(LONGEST_DELAY_MS));
const someFunction = v.custom<(...args: never[]) => unknown>((it) => typeof it === 'function');
const groupName = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,63}$/));
const path = v.pipe(v.string(), v.regex(/^\/(?:[\w\-.~]+(?:\/[\w\-.~]+)*)?$/));

const settings = {
  name: v.pipe(v.string(), v.regex(/^[a-zA-Z][\w.-]{0,63}$/)),
  groups: v.optional(v.array(v.string())),
  critical: v.optional(v.boolean()),
  timeoutMs: v.optional(milliseconds),
  cacheMs: v.optional(v.pipe(v.number(), v.minValue(0))),
  refreshMs: v.optional(milliseconds),
};

/** What a decorator of a health check takes. */
export const checkSettingsSchema = v.strictObject(settings);

const checkSchema = v.strictObject({
  ...settings,
  inject: v.optional(v.array(v.union([v.string(), v.symbol(), someFunction]))),
  check: someFunction,
});

/** The option `health`, when it is not `false`. */
export const healthSchema = v.strictObject({
  path: v.optional(path),
  aliases: v.optional(v.boolean()),
  excludeFromGlobalPrefix: v.optional(v.boolean()),
  maxHeapRatio: v.optional(ratio),
  maxEventLoopDelayMs: v.optional(v.pipe(v.number(), v.gtValue(0))),
  maxCommandErrorRatio: v.optional(ratio),
  maxProjectionLagSeconds: v.optional(v.pipe(v.number(), v.gtValue(0))),
  checks: v.optional(v.array(checkSchema)),
  groups: v.optional(v.record(groupName, v.array(v.string()))),
  details: v.optional(v.union([v.picklist(['always', 'never']), someFunction])),
  readyAfterCatchUp: v.optional(v.boolean()),
});
