import { ConfigurationError } from '../kernel/configuration-error.js';
import {
  type HealthCheckDefinition,
  CachedHealthCheck,
  type CachedHealthCheckDeps,
} from './cached-health-check.js';

/** Groups that exist without a declaration. */
export const BUILT_IN_GROUPS = ['live', 'ready', 'startup'] as const;

/** Members of each group by name. */
export type HealthGroups = Readonly<Record<string, readonly string[]>>;

const NAME = /^[a-zA-Z][\w.-]{0,63}$/;

/** Health checks of one application and their groups. */
export class HealthChecks {
  readonly #parts: CachedHealthCheckDeps;
  readonly #declared: HealthGroups;
  readonly #facts: (() => Readonly<Record<string, number>>)[] = [];
  #all: readonly CachedHealthCheck[] = [];
  #isStarted = false;
  #groups = new Map<string, readonly CachedHealthCheck[]>();

  constructor(parts: CachedHealthCheckDeps, declared: HealthGroups) {
    this.#parts = parts;
    this.#declared = declared;
  }

  /** Returns the members of a group; every check without one. */
  members(group: string | undefined): readonly CachedHealthCheck[] {
    const members = group === undefined ? this.#all : (this.#groups.get(group) ?? []);
    return members.filter(({ definition }) => definition.isPresent?.() !== false);
  }

  /**
   * Registers the checks of the application.
   *
   * @throws ConfigurationError `OBS_HEALTH_CHECK` for a duplicate or invalid name, and for an
   * undeclared group or member.
   */
  open(definitions: readonly HealthCheckDefinition[]): void {
    // Two applications of one testing module start one after the other.
    this.close();
    this.#all = [];
    this.#facts.length = 0;
    this.#register(definitions);
  }

  /**
   * Registers checks after the start; all of them or none.
   *
   * @throws ConfigurationError as {@link HealthChecks.open} does.
   */
  add(definitions: readonly HealthCheckDefinition[]): void {
    for (const it of this.#register(definitions)) if (this.#isStarted) it.start();
  }

  /** Adds numbers by name to the answer of `/health`, beside the checks. */
  tell(facts: () => Readonly<Record<string, number>>): void {
    this.#facts.push(facts);
  }

  /** Returns the numbers beside the checks. */
  facts(): Readonly<Record<string, number>> {
    return Object.assign({}, ...this.#facts.map((it) => it())) as Record<string, number>;
  }

  /** Starts background runs. */
  start(): void {
    this.#isStarted = true;
    for (const it of this.#all) it.start();
  }

  /** Stops background runs. */
  close(): void {
    this.#isStarted = false;
    for (const it of this.#all) it.stop();
  }

  #register(definitions: readonly HealthCheckDefinition[]): readonly CachedHealthCheck[] {
    for (const { name } of definitions) assertName(name);
    const names = [...this.#all.map((it) => it.definition), ...definitions].map((it) => it.name);
    const twice = names.find((it, i) => names.indexOf(it) !== i);
    if (twice !== undefined) throw duplicate(twice);
    const groups = [...new Set([...BUILT_IN_GROUPS, ...Object.keys(this.#declared)])];
    assertGroups(definitions, groups);
    const added = definitions.map((it) => new CachedHealthCheck(it, this.#parts));
    this.#all = [...this.#all, ...added];
    this.#groups = new Map(groups.map((it) => [it, this.#membersOf(it)]));
    return added;
  }

  #membersOf(group: string): readonly CachedHealthCheck[] {
    const { [group]: declared = [] } = this.#declared;
    for (const name of declared) {
      if (!this.#all.some(({ definition }) => definition.name === name))
        throw this.#unknown(group, name);
    }
    return this.#all.filter(
      ({ definition: { name, groups = [] } }) => declared.includes(name) || groups.includes(group),
    );
  }

  #unknown(group: string, name: string): ConfigurationError {
    return new ConfigurationError('OBS_HEALTH_CHECK', {
      subject: `health.groups.${group}`,
      value: name,
      rule: 'the name of a health check of this application',
      remedy: `Name one of ${this.#all.map(({ definition }) => definition.name).join(', ')}.`,
    });
  }
}

function assertName(name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw new ConfigurationError('OBS_HEALTH_CHECK', {
    subject: 'name of a health check',
    value: name,
    rule: '1 to 64 letters, digits, _, - and ., the first a letter',
    remedy: "Pass something like 'orders_database'.",
  });
}

function duplicate(name: string): ConfigurationError {
  return new ConfigurationError('OBS_HEALTH_CHECK', {
    subject: 'name of a health check',
    value: name,
    rule: 'one health check has it already',
    remedy: 'Choose another name.',
  });
}

function assertGroups(
  definitions: readonly HealthCheckDefinition[],
  known: readonly string[],
): void {
  for (const { name, groups = [] } of definitions) {
    const unknown = groups.find((it) => !known.includes(it));
    if (unknown === undefined) continue;
    throw new ConfigurationError('OBS_HEALTH_CHECK', {
      subject: `groups of the health check ${name}`,
      value: unknown,
      rule: `one of ${known.join(', ')}`,
      remedy: `Declare it: health: { groups: { ${unknown}: [] } }.`,
    });
  }
}
