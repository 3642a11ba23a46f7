import { randomUUID } from 'node:crypto';
import type { AlertSilence, SilenceRequest } from '../../kernel/alert-port.js';
import type { Clock } from '../../kernel/clock.js';
import { ConfigurationError, type ConfigurationProblem } from '../../kernel/configuration-error.js';
import type { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import { conditionOf, matchesAll } from './matchers.js';

const MAX_SILENCES = 500;
const MAX_MATCHERS = 20;
const MAX_TEXT = 1_024;
/** Time for which an ended silence is shown. */
const SHOWN_MS = 5 * 86_400_000;

/** Silence with its times. */
export type StoredSilence = Omit<AlertSilence, 'state'>;

interface Known {
  silence: StoredSilence;
  readonly matchers: readonly LabelMatcher[];
}

/** Silences, within a bound. */
export class AlertSilences {
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Silences for a file. */
  get stored(): readonly StoredSilence[] {
    return [...this.#known.values()].map(({ silence }) => silence);
  }

  /** Returns the silences that have not ended, and those that ended lately. */
  list(): readonly AlertSilence[] {
    this.#forget();
    return this.stored.map((it) => this.#shown(it));
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  add(request: SilenceRequest): AlertSilence {
    const nowMs = this.#clock.wallMs();
    const silence = { startsAtMs: nowMs, ...request, id: randomUUID() };
    const problems = silenceProblems(silence, nowMs);
    this.#forget();
    const active = this.stored.filter(({ endsAtMs }) => endsAtMs > nowMs).length;
    if (active >= MAX_SILENCES) {
      const rule = `must be one of at most ${MAX_SILENCES} silences`;
      problems.push({ subject: 'silence', value: active, rule, remedy: 'Expire another one.' });
    }
    if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
    this.put(silence);
    return this.#shown(silence);
  }

  /** Takes a silence from a file; one that is invalid is left out. */
  put(silence: StoredSilence): boolean {
    const matchers = silence.matchers.map(conditionOf).filter((it) => it !== undefined);
    if (matchers.length === 0 || matchers.length < silence.matchers.length) return false;
    if (matchers.every((it) => it.matches(''))) return false;
    this.#known.set(silence.id, { silence, matchers });
    return true;
  }

  /** Ends a silence now. */
  expire(id: string): boolean {
    const known = this.#known.get(id);
    const nowMs = this.#clock.wallMs();
    if (known === undefined) return false;
    if (known.silence.endsAtMs > nowMs) known.silence = { ...known.silence, endsAtMs: nowMs };
    return true;
  }

  /** Returns the ids of the active silences that match. */
  matching(labels: LabelSet): readonly string[] {
    if (this.#known.size === 0) return [];
    const nowMs = this.#clock.wallMs();
    return [...this.#known.values()]
      .filter(({ silence: { startsAtMs, endsAtMs } }) => startsAtMs <= nowMs && nowMs < endsAtMs)
      .filter(({ matchers }) => matchesAll(matchers, labels))
      .map(({ silence }) => silence.id);
  }

  #shown(silence: StoredSilence): AlertSilence {
    const nowMs = this.#clock.wallMs();
    const { startsAtMs, endsAtMs } = silence;
    const state = endsAtMs <= nowMs ? 'expired' : startsAtMs > nowMs ? 'pending' : 'active';
    return { ...silence, state };
  }

  #forget(): void {
    const beforeMs = this.#clock.wallMs() - SHOWN_MS;
    for (const [id, { silence }] of this.#known)
      if (silence.endsAtMs < beforeMs) this.#known.delete(id);
  }
}

/** Returns what is wrong with a silence. */
function silenceProblems(it: StoredSilence, nowMs: number): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const check = (name: keyof StoredSilence, holds: boolean, texts: readonly [string, string]) => {
    const [rule, remedy] = texts;
    if (!holds) problems.push({ subject: `silence.${name}`, value: it[name], rule, remedy });
  };
  const isText = (text: unknown) =>
    typeof text === 'string' && text.trim() !== '' && text.length <= MAX_TEXT;
  const matchers = Array.isArray(it.matchers) ? it.matchers : [];
  const conditions = matchers.map((one) =>
    typeof one?.name === 'string' && typeof one.value === 'string' ? conditionOf(one) : undefined,
  );
  const isSelective = conditions.some((one) => one !== undefined && !one.matches(''));
  const areValid = conditions.every((one) => one !== undefined) && matchers.length <= MAX_MATCHERS;
  const rule = `must be 1 to ${MAX_MATCHERS} matchers, of which one refuses an empty value`;
  check('matchers', isSelective && areValid, [rule, 'Pass something like alertname="Slow".']);
  check('endsAtMs', it.endsAtMs > nowMs, ['must be a time in the future', 'Pass a later time.']);
  const isBefore = it.startsAtMs < it.endsAtMs;
  check('startsAtMs', isBefore, ['must be before the end', 'Pass an earlier time.']);
  check('createdBy', isText(it.createdBy), ['must be a text', 'Name the author.']);
  check('comment', isText(it.comment), ['must be a text', 'Name the reason.']);
  return problems;
}
