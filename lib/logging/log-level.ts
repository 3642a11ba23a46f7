import { ConfigurationError } from '../kernel/configuration-error.js';

/** Severity of a line, from the least to the most severe. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** All levels, in ascending order. */
export const logLevels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** Rank of a level in {@link logLevels}. */
export const LEVEL_RANKS: Readonly<Record<LogLevel, number>> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  fatal: 5,
};

/** Rank above all levels: nothing is written. */
export const OFF_RANK = 6;

// Nest's own names of levels mean the same.
const ALIASES: Readonly<Record<string, number>> = {
  ...LEVEL_RANKS,
  verbose: LEVEL_RANKS.trace,
  log: LEVEL_RANKS.info,
  warning: LEVEL_RANKS.warn,
  off: OFF_RANK,
};

const TARGET_CACHE = 1_000;
const DEFAULT_LEVEL = 'info';

/** Levels by target, parsed from directives such as `info,orders=debug,eventcore::command=warn`. */
export class LevelDirectives {
  /** Lowest rank that any target writes. */
  readonly lowest: number;
  readonly #fallback: number;
  /** The longest targets first. */
  readonly #targets: readonly (readonly [target: string, rank: number])[];
  readonly #known = new Map<string, number>();

  private constructor(fallback: number, targets: readonly (readonly [string, number])[]) {
    this.#fallback = fallback;
    this.#targets = targets.toSorted(([a], [b]) => b.length - a.length);
    this.lowest = Math.min(fallback, ...targets.map(([, rank]) => rank));
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  static parse(text: string, subject: string): LevelDirectives {
    const parts = text.split(',').map((it) => it.trim());
    let fallback = LEVEL_RANKS[DEFAULT_LEVEL];
    const targets: [string, number][] = [];
    for (const part of parts.filter((it) => it !== '')) {
      const split = part.lastIndexOf('=');
      const rank =
        ALIASES[
          part
            .slice(split + 1)
            .trim()
            .toLowerCase()
        ];
      if (rank === undefined || split === 0) throw unknownLevel(subject, part);
      if (split === -1) fallback = rank;
      else targets.push([part.slice(0, split).trim(), rank]);
    }
    if (parts.every((it) => it === '')) throw unknownLevel(subject, text);
    return new LevelDirectives(fallback, targets);
  }

  /** Returns the lowest rank that a target writes. A directive covers the targets that begin with its own. */
  rankOf(target: string): number {
    const known = this.#known.get(target);
    if (known !== undefined) return known;
    const found = this.#targets.find(([it]) => covers(it, target));
    const rank = found === undefined ? this.#fallback : found[1];
    if (this.#known.size < TARGET_CACHE) this.#known.set(target, rank);
    return rank;
  }
}

const SEPARATOR = /^(?:::|[.:/])/;

function covers(directive: string, target: string): boolean {
  if (!target.startsWith(directive)) return false;
  return target.length === directive.length || SEPARATOR.test(target.slice(directive.length));
}

function unknownLevel(subject: string, value: string): ConfigurationError {
  return new ConfigurationError('OBS_OPTION_INVALID', {
    subject,
    value,
    rule: `must be a level (${logLevels.join(', ')}, off) or target=level, with commas between several`,
    remedy: "Set something like 'info,orders=debug'.",
  });
}
