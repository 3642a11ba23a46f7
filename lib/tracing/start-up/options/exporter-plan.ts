import type { StandardVariables } from '../../../options/standard-variables.js';
import {
  DEFAULT_TIMEOUT_MS,
  otlpTransportSettings,
  type OtlpTransportSettings,
} from '../../../otlp/transport-settings.js';
import type {
  ConsoleExporterOptions,
  CustomExporterOptions,
  ExporterOptions,
  ZipkinExporterOptions,
} from './telemetry-options.js';

/** Resolved settings of an OTLP exporter. */
export interface OtlpExporterPlan extends OtlpTransportSettings {
  readonly type: 'otlp';
  readonly name: string;
}

/** Resolved settings of a Zipkin exporter. */
interface ZipkinExporterPlan {
  readonly type: 'zipkin';
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Resolved settings of an exporter. */
export type ExporterPlan =
  | OtlpExporterPlan
  | ZipkinExporterPlan
  | (Required<ConsoleExporterOptions> & { readonly timeoutMs: number })
  | Required<CustomExporterOptions>;

type NamedExporter = Exclude<ExporterOptions, string>;
type ExporterWord = Extract<ExporterOptions, string>;

const WORDS: Readonly<Record<string, ExporterWord>> = {
  otlp: 'otlp',
  jaeger: 'jaeger',
  zipkin: 'zipkin',
  console: 'console',
  logging: 'console',
  none: 'none',
};

/** Selects the exporters: those of the option, else those of `OTEL_TRACES_EXPORTER`, else OTLP. */
export function planExporters(
  option: ExporterOptions | readonly ExporterOptions[] | undefined,
  variables: StandardVariables,
  warn: (message: string) => void,
): readonly ExporterPlan[] {
  const chosen = option === undefined ? fromVariable(variables, warn) : [option].flat();
  const taken = new Map<string, number>();
  return chosen
    .filter((it) => it !== 'none')
    .map((it) => {
      const exporter: NamedExporter =
        typeof it === 'string' ? ({ type: it } as NamedExporter) : (it as NamedExporter);
      const plan = planExporter(exporter, variables);
      const count = (taken.get(plan.name) ?? 0) + 1;
      taken.set(plan.name, count);
      return count === 1 ? plan : { ...plan, name: `${plan.name}_${count}` };
    });
}

function fromVariable(
  variables: StandardVariables,
  warn: (message: string) => void,
): readonly ExporterWord[] {
  const names = variables.list('OTEL_TRACES_EXPORTER')?.map((it) => it.toLowerCase());
  if (names === undefined) return ['otlp'];
  if (names.includes('none')) return [];
  const words = names.map((it) => WORDS[it]);
  names
    .filter((it) => !(it in WORDS))
    .forEach((it) => {
      const shown = JSON.stringify(it.slice(0, 60));
      warn(
        `OTEL_TRACES_EXPORTER = ${shown} is ignored: otlp, jaeger, zipkin, console and none exist`,
      );
    });
  const known = words.filter((it) => it !== undefined);
  return known.length === 0 ? ['otlp'] : known;
}

function planExporter(exporter: NamedExporter, variables: StandardVariables): ExporterPlan {
  switch (exporter.type) {
    case 'otlp':
    case 'jaeger':
      return {
        type: 'otlp',
        name: exporter.name ?? exporter.type,
        ...otlpTransportSettings('traces', exporter, variables),
      };
    case 'zipkin':
      return planZipkin(exporter, variables);
    case 'console':
      return { name: 'console', timeoutMs: DEFAULT_TIMEOUT_MS, ...exporter };
    case 'custom':
      return { timeoutMs: DEFAULT_TIMEOUT_MS, ...exporter };
  }
}

function planZipkin(
  options: ZipkinExporterOptions,
  variables: StandardVariables,
): ZipkinExporterPlan {
  return {
    type: 'zipkin',
    name: options.name ?? 'zipkin',
    url:
      options.endpoint ??
      variables.url('OTEL_EXPORTER_ZIPKIN_ENDPOINT') ??
      'http://localhost:9411/api/v2/spans',
    headers: options.headers ?? {},
    timeoutMs:
      options.timeoutMs ?? variables.positive('OTEL_EXPORTER_ZIPKIN_TIMEOUT') ?? DEFAULT_TIMEOUT_MS,
  };
}
