import * as v from 'valibot';

const number = (fallback: string, ...rule: Parameters<typeof between>) =>
  v.pipe(v.optional(v.string(), fallback), v.nonEmpty(), v.transform(Number), between(...rule));

const between = (min: number, max: number) => v.pipe(v.number(), v.minValue(min), v.maxValue(max));

const Environment = v.object({
  PORT: v.pipe(number('3000', 0, 65_535), v.integer()),
  DATABASE_URL: v.optional(v.pipe(v.string(), v.url())),
  DATABASE_TIMEOUT_MS: number('5000', 100, 60_000),
  REDIS_URL: v.optional(v.pipe(v.string(), v.url())),
  TRAFFIC: number('20', 0, 1_000),
  FAULT_RATE: number('0.01', 0, 1),
  SHOP_ROLE: v.optional(v.picklist(['all', 'api', 'projector']), 'all'),
  DEMO: v.optional(v.picklist(['true', 'false']), 'false'),
  OTEL: v.optional(v.picklist(['0', '1'])),
  PROMETHEUS: v.optional(v.picklist(['0', '1'])),
});

/** What this process does: everything, the commands and queries, or the projections. */
export type ShopRole = v.InferOutput<typeof Environment>['SHOP_ROLE'];

export class ShopSettings {
  private constructor(
    readonly port: number,
    readonly databaseUrl: string | undefined,
    readonly databaseTimeoutMs: number,
    readonly commandsPerSecond: number,
    readonly faultRate: number,
    readonly role: ShopRole,
    /** Whether parts may be broken on purpose, for somebody to watch. */
    readonly isDemo: boolean,
  ) {}

  static fromEnvironment(environment: NodeJS.ProcessEnv): ShopSettings {
    const given = Object.entries(environment).filter(([, value]) => value !== '');
    const result = v.safeParse(Environment, Object.fromEntries(given));
    if (!result.success) throw new Error(`Invalid environment:\n${v.summarize(result.issues)}`);
    const { PORT, DATABASE_URL, TRAFFIC, FAULT_RATE, SHOP_ROLE, DEMO } = result.output;
    if (SHOP_ROLE !== 'all' && DATABASE_URL === undefined) {
      throw new Error(`SHOP_ROLE=${SHOP_ROLE} needs DATABASE_URL: two processes share a server`);
    }
    return new ShopSettings(
      PORT,
      DATABASE_URL,
      result.output.DATABASE_TIMEOUT_MS,
      TRAFFIC,
      FAULT_RATE,
      SHOP_ROLE,
      DEMO === 'true',
    );
  }
}
