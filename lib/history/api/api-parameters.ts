import { parseDuration } from '../../query/language/literals.js';
import { QueryError } from '../../query/query-error.js';

/** Parameters of a request: of the address, or of a form. */
export type RawParameters = Readonly<Record<string, unknown>>;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

/** Parameters of a request to the API. Those of a form come first. */
export class ApiParameters {
  readonly #sources: readonly RawParameters[];

  constructor(...sources: readonly unknown[]) {
    this.#sources = sources.filter(
      (it): it is RawParameters => typeof it === 'object' && it !== null,
    );
  }

  /** Returns a text; empty for an absent parameter. */
  text(name: string): string {
    return this.list(name)[0] ?? '';
  }

  /** Returns every value of a parameter. */
  list(name: string): readonly string[] {
    for (const it of this.#sources) {
      // A parser may have taken the brackets of `match[]` for its own syntax.
      const value = it[name] ?? it[name.replace(/\[\]$/, '')];
      if (value === undefined) continue;
      return [value].flat().filter((text): text is string => typeof text === 'string');
    }
    return [];
  }

  /**
   * Returns a time, as Unix time in milliseconds; `undefined` for an absent one that is not required.
   *
   * @throws QueryError `OBS_QUERY_PARAMETER`
   */
  timeMs(name: string, isRequired = false): number | undefined {
    const text = this.text(name);
    if (text === '' && !isRequired) return undefined;
    if (NUMBER.test(text)) return Math.round(Number(text) * 1_000);
    const timeMs = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(timeMs))
      throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
    return timeMs;
  }

  /**
   * Returns a duration in milliseconds: seconds, or as PromQL writes it.
   *
   * @throws QueryError `OBS_QUERY_PARAMETER`
   */
  durationMs(name: string): number {
    const text = this.text(name);
    const durationMs = NUMBER.test(text) ? Number(text) * 1_000 : parseDuration(text);
    if (durationMs === undefined || !Number.isFinite(durationMs))
      throw invalid(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
    return Math.round(durationMs);
  }

  /**
   * Returns the greatest number of results; `undefined` for no limit.
   *
   * @throws QueryError `OBS_QUERY_PARAMETER`
   */
  limit(): number | undefined {
    const text = this.text('limit');
    if (text === '' || text === '0') return undefined;
    if (!/^\d{1,9}$/.test(text))
      throw invalid('limit', 'limit must be a whole number of 0 or more');
    return Number(text);
  }
}

function invalid(name: string, problem: string): QueryError {
  return new QueryError('OBS_QUERY_PARAMETER', {
    detail: `invalid parameter "${name}": ${problem}`,
  });
}
