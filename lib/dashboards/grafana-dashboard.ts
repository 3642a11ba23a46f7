import { alertParameters, parameterProblems } from '../alerting/alert-parameters.js';
import { selectorOption, selectorText } from '../alerting/selector.js';
import { ConfigurationError } from '../kernel/configuration-error.js';
import { catalogueMetrics } from '../metrics/catalogue/catalogue.js';
import type { CatalogueMetric } from '../metrics/catalogue/catalogue-metric.js';
import { expressionIn } from '../metrics/catalogue/expression.js';
import { systemMetrics } from '../metrics/catalogue/system.js';
import { progressMetrics } from '../metrics/catalogue/projection-progress.js';
import { exposedNames } from '../metrics/definition/metric-definition.js';
import { assertOptions } from '../options/assert-options.js';
import { group } from '../options/description.js';
import { namespace, text } from '../options/standard-options.js';
import type { Board, BoardPanel, BoardVariable, PanelThreshold } from './board.js';
import { formatGrafana, type GrafanaDashboard } from './grafana.format.js';
import { firingAlerts, SCOPE, series } from './queries.js';

/** Settings of {@link grafanaDashboard}. */
export interface GrafanaOptions {
  /** First word of the metric names: the option `namespace` of the applications. @defaultValue 'eventcore' */
  readonly namespace?: string;
  /** Label matchers that all series must also have: `service="shop"`. @defaultValue none */
  readonly selector?: string;
  /** Name of the Prometheus data source that is selected first. @defaultValue the default data source of Grafana */
  readonly datasource?: string;
  /** Values of alert parameters by `Alert.parameter`; threshold lines follow them. @defaultValue those of the alerts */
  readonly parameters?: Readonly<Record<string, number>>;
}

const optionsDescription = group<GrafanaOptions>({
  namespace: namespace(),
  selector: selectorOption(),
  parameters: alertParameters(),
  datasource: text(200, { remedy: "Pass the name of a data source, such as 'Prometheus'." }),
});

/**
 * Returns a board as a dashboard for Grafana 10 and later, in the classic JSON model of its provisioning and API.
 *
 * @param board - One of `boards`, or a board of yours.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that no dashboard can have.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs';
 * import { boards, grafanaDashboard } from '@eventcore/nestjs-observability/dashboards';
 *
 * for (const board of boards) {
 *   writeFileSync(`${board.id}.json`, JSON.stringify(grafanaDashboard(board)));
 * }
 * ```
 */
export function grafanaDashboard(board: Board, options: GrafanaOptions = {}): GrafanaDashboard {
  assertOptions('', optionsDescription, options);
  const { namespace = 'eventcore', datasource = '', parameters = {} } = options;
  const selector = selectorText(options.selector ?? '');
  const problems = parameterProblems(parameters);
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  const rename = (text: string) => expressionIn(namespace, text);
  const within = (matchers: readonly string[]) => {
    const scope = [...matchers, selector].filter((it) => it !== '').join(', ');
    return (expr: string) => rename(expr).replaceAll(SCOPE, () => scope);
  };
  const here = within([JOB, INSTANCE]);
  const variables = [
    targetVariable('job', within([])),
    targetVariable('instance', within([JOB])),
    ...(board.variables ?? []).map((it) => variableIn(it, here)),
  ];
  const panelIn = (panel: BoardPanel): BoardPanel => ({
    ...panel,
    ...(panel.threshold && { threshold: thresholdWith(panel.threshold, parameters) }),
    question: rename(describe(panel)),
    queries: mapValues(panel.queries, here),
  });
  const rows = board.rows.map((row) => ({ ...row, panels: row.panels.map(panelIn) }));
  const annotated = mapValues(annotatedSeries, here);
  return formatGrafana({ ...board, variables, rows }, { namespace, datasource, annotated });
}

const JOB = 'job=~"$job"';
const INSTANCE = 'instance=~"$instance"';

const annotatedSeries = {
  uptime: series(systemMetrics.uptime),
  rebuilds: series(progressMetrics.state, 'state="rebuilding"'),
  alerts: firingAlerts,
};

function thresholdWith(
  threshold: PanelThreshold,
  parameters: Readonly<Record<string, number>>,
): PanelThreshold {
  const { alert, parameter, at } = threshold;
  return { ...threshold, at: parameters[`${alert}.${parameter}`] ?? at };
}

type Rewrite = (expr: string) => string;

function mapValues<K extends string>(texts: Readonly<Record<K, string>>, rewrite: Rewrite) {
  const entries = Object.entries<string>(texts).map(([key, it]) => [key, rewrite(it)]);
  return Object.fromEntries(entries) as Record<K, string>;
}

function targetVariable(label: 'job' | 'instance', rewrite: Rewrite): BoardVariable {
  const values = { series: series(systemMetrics.uptime), label };
  return variableIn({ name: label, title: label === 'job' ? 'Job' : 'Instance', values }, rewrite);
}

function variableIn(variable: BoardVariable, rewrite: Rewrite): BoardVariable {
  const { values } = variable;
  if (values === undefined) return variable;
  return { ...variable, values: { ...values, series: rewrite(values.series) } };
}

const metricByName: ReadonlyMap<string, CatalogueMetric> = new Map(
  catalogueMetrics.flatMap((metric) => exposedNames(metric).map((it) => [it, metric])),
);

/** The question, the metrics that answer it, and the alert with the same threshold. */
function describe({ question, queries, threshold }: BoardPanel): string {
  const names = Object.values(queries).flatMap((it) => it.match(/[a-z_]+/g) ?? []);
  const metrics = new Set(names.flatMap((it) => metricByName.get(it) ?? []));
  const lines = [...metrics].map(({ name, help }) => `- \`${name}\`: ${help}`);
  const alert = threshold?.alert && `The threshold is that of the alert ${threshold.alert}.`;
  return [question, alert, lines.join('\n')].filter(Boolean).join('\n\n');
}
