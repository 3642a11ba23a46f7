import { faultCodeOf, reportedCodes } from '../../kernel/errors/fault-classification.js';
import type { ReportedCode } from '../../kernel/errors/fault-classification.js';
import { type Exposition, labelOf, type PageProblem, type PageSample } from './exposition.js';

const SELF = /_observability_(series_folded|exports|errors)_total$/;

/** Returns the problems that a service reports about itself: reached limits, failed exports, and faults. */
export function lintSelfMetrics({ families }: Exposition): PageProblem[] {
  const samples = families
    .flatMap((it) => it.samples)
    .map((it) => [SELF.exec(it.name)?.[1], it] as const);
  const of = (metric: string) => samples.flatMap(([it, sample]) => (it === metric ? [sample] : []));
  const exports = of('exports');
  const failing = exports.filter((it) => labelOf(it, 'outcome') === 'failure' && it.value > 0);
  const exporters = new Set(failing.map((it) => labelOf(it, 'exporter')));
  return [
    ...of('series_folded').filter(isPositive).map(foldedProblem),
    ...failing.map((it) => exportProblem(it, exports)),
    ...of('errors')
      .filter((it) => isPositive(it) && !exporters.has(labelOf(it, 'component')))
      .map(faultProblem),
  ];
}

function isPositive({ value }: PageSample): boolean {
  return value > 0;
}

function foldedProblem(sample: PageSample): PageProblem {
  const metric = labelOf(sample, 'metric') ?? 'a metric';
  const { remedy } = reportedCodes.OBS_SERIES_LIMIT;
  const message = `${metric}: ${sample.value} look-ups went to __other__ since the start. ${remedy}`;
  return problem('OBS_SERIES_LIMIT', sample, message);
}

function exportProblem(sample: PageSample, exports: readonly PageSample[]): PageProblem {
  const exporter = labelOf(sample, 'exporter') ?? 'exporter';
  const ended = exports.filter((it) => labelOf(it, 'exporter') === exporter);
  const total = ended.reduce((sum, { value }) => sum + value, 0);
  const code = faultCodeOf(exporter, undefined, new Map([[exporter, 'OBS_EXPORTER_FAILED']]));
  const message = `${exporter}: ${sample.value} of ${total} exports failed since the start. ${reportedCodes[code].remedy}`;
  return problem(code, sample, message);
}

function faultProblem(sample: PageSample): PageProblem {
  const component = labelOf(sample, 'component') ?? 'a component';
  const code = faultCodeOf(component, undefined);
  const message = `${component}: ${sample.value} faults since the start. ${reportedCodes[code].meaning}`;
  return problem(code, sample, message);
}

function problem(code: ReportedCode, { line }: PageSample, message: string): PageProblem {
  return { line, code, message };
}
