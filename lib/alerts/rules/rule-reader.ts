import type { ConfigurationProblem } from '../../kernel/configuration-error.js';
import { type Expression, typeOf } from '../../query/language/expression.js';
import { parseDuration } from '../../query/language/literals.js';
import { parseQuery } from '../../query/language/parser.js';
import { QueryError } from '../../query/query-error.js';
import type { NoDataPolicy, RulePlan, RuleText } from './rule.js';
import { parseTemplate } from '../templates/template.js';

/** Rule and remedy of a problem. */
export type Broken = Pick<ConfigurationProblem, 'rule' | 'remedy'>;

/** Reports a problem of a field. The name of one below a field has a `/`: `labels/team`. */
export type ReportField = (name: string, value: unknown, problem: Broken) => void;

const LABEL = /^(?!__name__$)[a-zA-Z_][a-zA-Z0-9_]*$/;
const METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Fields of a rule or a group, read with their checks. */
export class RuleFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #report: ReportField;

  constructor(fields: Readonly<Record<string, unknown>>, report: ReportField) {
    this.#fields = fields;
    this.#report = report;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  report(name: string, problem: Broken): void {
    this.#report(name, this.#fields[name], problem);
  }

  /** Returns a text that is required. */
  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.report(name, { rule: 'must be a text, not blank', remedy: `Set ${name}.` });
    return '';
  }

  /** Returns a duration in milliseconds, 0 for an absent one. */
  durationMs(name: string): number {
    if (!this.has(name)) return 0;
    const value = this.#fields[name];
    const ms = value === 0 || value === '0' ? 0 : parseDuration(String(value));
    if (ms !== undefined && typeof value !== 'boolean') return ms;
    this.report(name, {
      rule: 'must be a duration of Prometheus',
      remedy: "Pass something like '5m' or '1h30m'.",
    });
    return 0;
  }

  /** Returns a whole number, 0 for an absent one. */
  count(name: string): number {
    if (!this.has(name)) return 0;
    const value = this.#fields[name];
    const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
    if (Number.isInteger(number) && (number as number) >= 0) return number as number;
    this.report(name, { rule: 'must be a whole number, 0 or more', remedy: 'Pass a number.' });
    return 0;
  }

  /** Returns texts by label name. */
  texts(name: string): Readonly<Record<string, string>> {
    if (!this.has(name)) return {};
    const value = this.#fields[name];
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.report(name, { rule: 'must be texts by name', remedy: 'Pass an object of texts.' });
      return {};
    }
    const entries = Object.entries(value as object).flatMap(([key, it]) => {
      if (!LABEL.test(key)) {
        const rule = 'is no valid name';
        this.#report(`${name}/${key}`, it, { rule, remedy: 'Use letters, digits and _.' });
      }
      // YAML has numbers, booleans and nothing where Prometheus reads texts.
      if (it === null) return [[key, ''] as const];
      if (['string', 'number', 'boolean'].includes(typeof it)) return [[key, String(it)] as const];
      this.#report(`${name}/${key}`, it, { rule: 'must be a text', remedy: 'Put it in quotes.' });
      return [];
    });
    return Object.fromEntries(entries);
  }

  /** Returns texts with their templates. */
  templates(
    name: string,
    texts: Readonly<Record<string, string>>,
  ): Readonly<Record<string, RuleText>> {
    const entries = Object.entries(texts).flatMap(([key, text]) => {
      try {
        return [[key, { text, template: parseTemplate(text) }] as const];
      } catch (error) {
        const rule = `is no template that is supported: ${(error as Error).message}`;
        const remedy = 'Write the text without it, or evaluate the rule in Prometheus.';
        this.#report(`${name}/${key}`, text, { rule, remedy });
        return [];
      }
    });
    return Object.fromEntries(entries);
  }

  /** Returns a query and its parsed form. */
  expression(name: string): { query: string; expression: Expression } | undefined {
    const query = this.text(name);
    if (query === '') return undefined;
    try {
      const expression = parseQuery(query);
      if (['vector', 'scalar'].includes(typeOf(expression))) return { query, expression };
      const rule = 'must give an instant vector or a scalar';
      this.report(name, { rule, remedy: 'Apply a function such as rate() to the range.' });
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const { detail, remedy } = error;
      this.report(name, { rule: `is no valid PromQL: ${detail}`, remedy });
    }
    return undefined;
  }
}

/**
 * Reads a rule of a rule file.
 *
 * @param common - Labels of the group.
 */
export function readRule(
  fields: RuleFields,
  common: Readonly<Record<string, string>> = {},
): RulePlan | undefined {
  if (fields.has('record') === fields.has('alert')) {
    const rule = 'must have either record or alert';
    fields.report('', { rule, remedy: 'Name the series or the alert.' });
    return undefined;
  }
  const found = fields.expression('expr');
  const labels = { ...common, ...fields.texts('labels') };
  return fields.has('record')
    ? recordingRule(fields, { found, labels })
    : alertingRule(fields, { found, labels, name: fields.text('alert') });
}

interface Parts {
  readonly found: { readonly query: string; readonly expression: Expression } | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Reads what an alerting rule has besides its name, query and labels. */
export function alertingRule(
  fields: RuleFields,
  {
    found,
    labels,
    name,
    onNoData = 'resolve',
  }: Parts & { readonly name: string; readonly onNoData?: NoDataPolicy },
): RulePlan | undefined {
  const keep = fields.has('keepFiringFor') ? 'keepFiringFor' : 'keep_firing_for';
  const rest = {
    forMs: fields.durationMs('for'),
    keepFiringForMs: fields.durationMs(keep),
    labels: fields.templates('labels', labels),
    annotations: fields.templates('annotations', fields.texts('annotations')),
  };
  return found && { type: 'alerting', name, ...found, ...rest, onNoData };
}

function recordingRule(fields: RuleFields, { found, labels }: Parts): RulePlan | undefined {
  const name = fields.text('record');
  for (const it of ['for', 'keep_firing_for', 'annotations']) {
    if (!fields.has(it)) continue;
    fields.report(it, { rule: 'is for alerts only', remedy: `Remove ${it}.` });
  }
  if (METRIC.test(name)) return found && { type: 'recording', name, ...found, labels };
  const rule = 'must be a valid metric name';
  fields.report('record', { rule, remedy: "Pass something like 'job:errors:rate5m'." });
  return undefined;
}
