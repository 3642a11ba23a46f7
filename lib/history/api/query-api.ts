import type { AlertPort } from '../../kernel/alert-port.js';
import type { Clock } from '../../kernel/clock.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { unwrap } from '../../query/language/expression.js';
import { parseQuery } from '../../query/language/parser.js';
import type { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import type { MetricQueries } from '../../query/metric-queries.js';
import { QueryError } from '../../query/query-error.js';
import type { SeriesSource } from '../../query/series-source.js';
import { alertData, groupData } from './alert-answers.js';
import { type ApiFailure, type ApiSuccess, resultData } from './api-answer.format.js';
import type { ApiParameters } from './api-parameters.js';

/** Answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: ApiSuccess | ApiFailure;
}

/** Dependencies of a {@link QueryApi}. */
export interface QueryApiDeps {
  readonly queries: MetricQueries;
  readonly source: SeriesSource;
  readonly registry: Pick<MetricRegistry, 'snapshot'>;
  readonly clock: Clock;
  /** Version of the library. */
  readonly version: string;
  /** Alerts of the application; `undefined` where nothing evaluates rules. */
  readonly alerts: AlertPort | undefined;
}

/** Release of Prometheus whose semantics queries have: clients choose their features by it. */
const SEMANTICS = '3.0.0';
const STATUS = { bad_data: 400, execution: 422, timeout: 503, internal: 500 } as const;
const ERROR_TYPES: Readonly<Record<QueryError['code'], ApiFailure['errorType']>> = {
  OBS_QUERY_SYNTAX: 'bad_data',
  OBS_QUERY_PARAMETER: 'bad_data',
  OBS_QUERY_FAILED: 'execution',
  OBS_QUERY_LIMIT: 'execution',
  OBS_QUERY_TIMEOUT: 'timeout',
};

/** Answers requests in the form of the HTTP API of Prometheus (version 1). */
export class QueryApi {
  readonly #deps: QueryApiDeps;

  constructor(deps: QueryApiDeps) {
    this.#deps = deps;
  }

  /** `query`: a query at one time. */
  query(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      const atMs = parameters.timeMs('time');
      return resultData(await this.#deps.queries.query(parameters.text('query'), { atMs }));
    });
  }

  /** `query_range`: a query at several times. */
  queryRange(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      const range = {
        startMs: parameters.timeMs('start', true)!,
        endMs: parameters.timeMs('end', true)!,
        stepMs: parameters.durationMs('step'),
      };
      return resultData(await this.#deps.queries.queryRange(parameters.text('query'), range));
    });
  }

  /** `series`: the label sets that match. */
  series(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      if (parameters.list('match[]').length === 0) {
        const detail = 'no match[] parameter provided';
        throw new QueryError('OBS_QUERY_PARAMETER', { detail });
      }
      return (await this.#labelSets(parameters)).slice(0, parameters.limit());
    });
  }

  /** `labels`: the names of labels. */
  labels(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      const names = (await this.#labelSets(parameters)).flatMap((it) => it.names);
      return [...new Set(names)].toSorted().slice(0, parameters.limit());
    });
  }

  /** `label/NAME/values`: the values of a label. */
  labelValues(name: string, parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      const values = (await this.#labelSets(parameters)).map((it) => it.get(name)).filter(Boolean);
      return [...new Set(values)].toSorted().slice(0, parameters.limit());
    });
  }

  /** `metadata`: type, help and unit of each metric. */
  metadata(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => {
      const wanted = parameters.text('metric');
      const all = this.#deps.registry.snapshot().metrics.map(({ definition }) => definition);
      const chosen = all.filter(({ name }) => wanted === '' || name === wanted);
      const entries = chosen.map(({ name, type, help, unit = '' }) => [
        name,
        [{ type, help, unit }],
      ]);
      return Object.fromEntries(entries.slice(0, parameters.limit()));
    });
  }

  /** `rules`: the rules with their alerts; none where nothing evaluates rules. */
  rules(parameters: ApiParameters): Promise<ApiAnswer> {
    return answer(async () => ({
      groups: groupData(this.#deps.alerts?.groups() ?? [], parameters.text('type')),
    }));
  }

  /** `alerts`: pending and firing alerts; none where nothing evaluates rules. */
  alerts(): Promise<ApiAnswer> {
    return answer(async () => ({ alerts: alertData(this.#deps.alerts?.current() ?? []) }));
  }

  /** `status/buildinfo`: the release of Prometheus whose semantics queries have, and this library's. */
  buildInfo(): Promise<ApiAnswer> {
    const revision = `nestjs-observability ${this.#deps.version}`;
    return answer(async () => ({ version: SEMANTICS, revision }));
  }

  async #labelSets(parameters: ApiParameters): Promise<readonly LabelSet[]> {
    const fromMs = parameters.timeMs('start') ?? 0;
    const toMs = parameters.timeMs('end') ?? this.#deps.clock.wallMs();
    const selectors = parameters.list('match[]').map(matchersOf);
    const found = new Map<string, LabelSet>();
    for (const matchers of selectors.length === 0 ? [[]] : selectors) {
      for (const { labels, timesMs } of await this.#deps.source.select({
        matchers,
        fromMs,
        toMs,
      })) {
        if (timesMs.some((it) => it >= fromMs && it <= toMs)) found.set(labels.key, labels);
      }
    }
    return [...found.values()];
  }
}

function matchersOf(selector: string): readonly LabelMatcher[] {
  const parsed = unwrap(parseQuery(selector));
  if (parsed.kind === 'selector') return parsed.matchers;
  const detail = `invalid parameter "match[]": ${JSON.stringify(selector)} is no series selector`;
  throw new QueryError('OBS_QUERY_PARAMETER', { detail });
}

async function answer(read: () => Promise<unknown>): Promise<ApiAnswer> {
  try {
    return { status: 200, body: { status: 'success', data: await read() } };
  } catch (error) {
    const isKnown = error instanceof QueryError;
    const errorType = isKnown ? ERROR_TYPES[error.code] : 'internal';
    // The message of another error may contain what no client should see.
    const text = isKnown ? error.detail : 'the query failed';
    return { status: STATUS[errorType], body: { status: 'error', errorType, error: text } };
  }
}
