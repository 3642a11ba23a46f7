import type { AlertingOptions, AlertRouteOptions } from '../../../lib/alerting/index.js';
import type { SilenceRequest } from '../../../lib/kernel/alert-port.js';

/** Labels of an alert as the test makes it. */
export type Labels = Readonly<Record<string, string>>;

type Route = Required<Omit<AlertRouteOptions, 'matchers'>> & { readonly matchers: string[] };

/** Routes, inhibitions and receivers, and alerts that come and go in phases. */
export interface World {
  /** Value of the label `world`, which keeps worlds apart in one Alertmanager. */
  readonly name: string;
  readonly receivers: readonly { readonly name: string; readonly sendsResolved: boolean }[];
  readonly routes: readonly Route[];
  readonly inhibitions: Required<NonNullable<AlertingOptions['inhibitions']>[number]>[];
  readonly phases: readonly Phase[];
}

/** What is true from the start of a phase on. */
export interface Phase {
  readonly firing: readonly Labels[];
  /** Matchers of the active silences. */
  readonly silences: readonly SilenceRequest['matchers'][];
}

/** Recurring times of all worlds: the clock of a test must not matter. */
export const MUTE_TIMES = {
  always: [{ weekdays: ['sunday:saturday'] }],
  never: [{ months: ['february'], daysOfMonth: ['31'] }],
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  alertname: ['A', 'B', 'C'],
  severity: ['critical', 'warning', 'info'],
  team: ['x', 'y', ''],
  zone: ['1', '2'],
};
const NAMES = Object.keys(VALUES);
const OPERATORS = ['=', '!=', '=~', '!~'] as const;
const RECEIVERS = ['r0', 'r1', 'r2'];

/** Numbers that are the same in each run. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 7_919 + 1;
    for (let i = 0; i < 5; i++) this.below(2);
  }

  below(limit: number): number {
    this.#state = (this.#state * 48_271) % 2_147_483_647;
    return this.#state % limit;
  }

  isLucky(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  some<T>(all: readonly T[], percent: number): T[] {
    return all.filter(() => this.isLucky(percent));
  }

  many<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, make);
  }
}

/** Returns a world: the same one for the same seed. */
export function randomWorld(seed: number): World {
  const dice = new Dice(seed);
  const inhibitions = dice.many(2, () => ({
    source: [matcherText(dice)],
    target: [matcherText(dice)],
    equal: dice.some(NAMES, 40),
  }));
  return {
    name: String(seed),
    receivers: RECEIVERS.map((name) => ({ name, sendsResolved: dice.isLucky(70) })),
    routes: [randomRoute(dice), ...dice.many(3, () => randomRoute(dice))],
    inhibitions,
    phases: randomPhases(dice, seed),
  };
}

function randomRoute(dice: Dice): Route {
  return {
    matchers: dice.many(2, () => matcherText(dice)),
    receivers: [dice.one(RECEIVERS)],
    groupBy: dice.some(NAMES, 40),
    groupWait: dice.one(['500ms', '1s']),
    groupInterval: dice.one(['1s', '2s']),
    // Not a multiple of the interval: there, Alertmanager repeats one interval later.
    repeatInterval: dice.one(['1500ms', '1h', '1h']),
    muteTimes: dice.isLucky(25) ? [dice.one(['always', 'never'])] : [],
    continue: dice.isLucky(40),
  };
}

function randomMatcher(dice: Dice): SilenceRequest['matchers'][number] {
  const name = dice.one(NAMES);
  const operator = dice.one(OPERATORS);
  const values = VALUES[name]!;
  const value = operator.includes('~')
    ? `${dice.one(values)}|${dice.one(values)}`
    : dice.one(values);
  return { name, operator, value };
}

function matcherText(dice: Dice): string {
  const { name, operator, value } = randomMatcher(dice);
  return `${name}${operator}${JSON.stringify(value)}`;
}

function randomPhases(dice: Dice, seed: number): readonly Phase[] {
  const all = NAMES.reduce<Labels[]>(
    (sets, name) => sets.flatMap((it) => VALUES[name]!.map((value) => ({ ...it, [name]: value }))),
    [{ world: String(seed) }],
  );
  const alerts = dice.some(all, 35);
  const firing = (before: readonly Labels[], percent: number) =>
    alerts.filter((it) => before.includes(it) !== dice.isLucky(percent));
  const silences = dice.many(2, () => [
    // One matcher of a silence must refuse an empty value.
    { name: 'alertname', operator: '=~' as const, value: 'A|B' },
    ...dice.many(1, () => randomMatcher(dice)),
  ]);
  const first = firing([], 60);
  const second = firing(first, 30);
  const third = firing(second, 30);
  return [
    { firing: first, silences: [] },
    { firing: second, silences },
    { firing: third, silences },
    { firing: firing(third, 20), silences: [] },
    { firing: [], silences: [] },
  ];
}
