import type { LabelSet } from '../../query/label-set.js';
import { LabelSet as Labels } from '../../query/label-set.js';
import type { MetricQueries } from '../../query/metric-queries.js';
import type { QueryResult, VectorSample } from '../../query/query-result.js';
import type { SeriesSource } from '../../query/series-source.js';
import type { GroupPlan, RecordingPlan, RulePlan } from '../rules/rule.js';
import type { Slices } from '../slices.js';
import type { TemplateQuery } from '../templates/template.js';
import { type AlertInstance, AlertInstances } from './alert-instances.js';
import { NoData } from './no-data.js';
import type { RuleSample, RuleSeries } from './rule-series.js';

/** Dependencies of a {@link RuleEvaluation}. */
export interface RuleEvaluationDeps {
  readonly queries: MetricQueries;
  readonly source: SeriesSource;
  /** Receives what rules give. */
  readonly series: RuleSeries;
}

/** Outcome of the last evaluation of a rule. */
export interface LastEvaluation {
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly evaluationSeconds: number;
  readonly evaluatedAtMs: number;
}

const NEVER: LastEvaluation = { health: 'unknown', evaluationSeconds: 0, evaluatedAtMs: 0 };

/** A rule with its state. */
export class RuleEvaluation {
  readonly plan: RulePlan;
  /** Alerts; none of a rule that records. */
  readonly instances: AlertInstances | undefined;
  readonly #group: GroupPlan;
  readonly #deps: RuleEvaluationDeps;
  readonly #shown = new WeakMap<LabelSet, Map<string, LabelSet>>();
  #last = NEVER;

  constructor(plan: RulePlan, group: GroupPlan, deps: RuleEvaluationDeps) {
    this.plan = plan;
    this.#group = group;
    this.#deps = deps;
    if (plan.type === 'recording') return;
    const noData =
      plan.onNoData === 'resolve' ? undefined : new NoData(deps.source, plan.expression);
    this.instances = new AlertInstances(plan, noData);
  }

  get last(): LastEvaluation {
    return this.#last;
  }

  /**
   * Evaluates the rule at a time.
   *
   * @returns The error of a rule that failed. Its alerts stay as they are.
   */
  async evaluate(atMs: number, nowMs: () => number, slices: Slices): Promise<unknown> {
    const startedMs = nowMs();
    try {
      const offsetMs = atMs - this.#group.queryOffsetMs;
      const result = await this.#deps.queries.evaluate(this.plan.expression, offsetMs);
      const samples = await this.#samplesOf(result, atMs, slices);
      await this.#deps.series.add(this, samples, { atMs: offsetMs, slices });
      this.#note(atMs, nowMs() - startedMs);
      return undefined;
    } catch (error) {
      const detail = (error as { readonly detail?: unknown }).detail;
      const message = typeof detail === 'string' ? detail : String((error as Error).message);
      this.#note(atMs, nowMs() - startedMs, message);
      return error;
    }
  }

  #note(evaluatedAtMs: number, tookMs: number, lastError?: string): void {
    const failed = lastError !== undefined && { lastError };
    const health = failed === false ? 'ok' : 'err';
    this.#last = { health, evaluatedAtMs, evaluationSeconds: tookMs / 1_000, ...failed };
  }

  async #samplesOf(
    result: QueryResult,
    atMs: number,
    slices: Slices,
  ): Promise<readonly RuleSample[]> {
    const samples = vectorOf(result);
    const { limit } = this.#group;
    if (this.plan.type === 'recording') return recorded(this.plan, samples, limit);
    const instances = this.instances!;
    await instances.take(samples, { atMs, limit, slices, query: this.#queriesAt(atMs) });
    const shown: RuleSample[] = [];
    for (const { labels, state, activeAtMs } of instances.active) {
      const sinceSeconds = Math.trunc(activeAtMs / 1_000);
      shown.push({ labels: this.#shownLabels(labels, state), value: 1 });
      shown.push({ labels: this.#shownLabels(labels, 'since'), value: sinceSeconds });
      if (slices.isOver) await slices.pause();
    }
    return shown;
  }

  /** Evaluates each query of the templates once for all alerts of an evaluation. */
  #queriesAt(atMs: number): TemplateQuery {
    const known = new Map<string, Promise<readonly VectorSample[]>>();
    return async (text) => {
      const samples = known.get(text) ?? this.#deps.queries.query(text, { atMs }).then(vectorOf);
      known.set(text, samples);
      return await samples;
    };
  }

  /** Labels of the series that show an alert. An alert has the same labels object in each evaluation. */
  #shownLabels(labels: LabelSet, state: AlertInstance['state'] | 'since'): LabelSet {
    const known = this.#shown.get(labels) ?? new Map<string, LabelSet>();
    this.#shown.set(labels, known);
    const shown =
      known.get(state) ??
      (state === 'since'
        ? labels.with('__name__', 'ALERTS_FOR_STATE')
        : labels.with('__name__', 'ALERTS').with('alertstate', state));
    known.set(state, shown);
    return shown;
  }
}

function vectorOf(result: QueryResult): readonly VectorSample[] {
  if (result.type === 'vector') return result.samples;
  if (result.type !== 'scalar') throw new TypeError(`rule result is not a vector or scalar`);
  return [{ labels: Labels.empty, atMs: result.atMs, value: result.value }];
}

function recorded(
  { name, labels }: RecordingPlan,
  samples: readonly VectorSample[],
  limit: number,
): readonly RuleSample[] {
  if (limit > 0 && samples.length > limit)
    throw new RangeError(`exceeded limit of ${limit} with ${samples.length} series`);
  const known = new Set<string>();
  return samples.map(({ labels: own, value }) => {
    let all: LabelSet = own.with('__name__', name);
    for (const [label, text] of Object.entries(labels)) all = all.with(label, text);
    if (known.has(all.key))
      throw new Error('vector contains metrics with the same labelset after applying rule labels');
    known.add(all.key);
    return { labels: all, value };
  });
}
