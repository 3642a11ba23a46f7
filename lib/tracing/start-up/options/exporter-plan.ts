import type { OtelVariables } from './otel-variables.js';
import type {
  ConsoleExporterOptions,
  CustomExporterOptions,
  ExportCompression,
  ExporterOptions,
  OtlpExporterOptions,
  OtlpProtocol,
  ZipkinExporterOptions,
} from './telemetry-options.js';

const DEFAULT_TIMEOUT_MS = 10_000;

/** An OTLP exporter with everything decided. */
export interface OtlpExporterPlan {
  readonly type: 'otlp';
  readonly name: string;
  readonly protocol: OtlpProtocol;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: ExportCompression;
  readonly timeoutMs: number;
  /** Whether variables name certificate files: the exporter reads them itself. */
  readonly usesCertificateFiles: boolean;
}

/** A Zipkin exporter with everything decided. */
interface ZipkinExporterPlan {
  readonly type: 'zipkin';
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** An exporter with everything decided. */
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

/** Decides which exporters there are: those of the option, else those of `OTEL_TRACES_EXPORTER`, else OTLP. */
export function planExporters(
  option: ExporterOptions | readonly ExporterOptions[] | undefined,
  variables: OtelVariables,
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
  variables: OtelVariables,
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

function planExporter(exporter: NamedExporter, variables: OtelVariables): ExporterPlan {
  switch (exporter.type) {
    case 'otlp':
    case 'jaeger':
      return planOtlp(exporter, variables);
    case 'zipkin':
      return planZipkin(exporter, variables);
    case 'console':
      return { name: 'console', timeoutMs: DEFAULT_TIMEOUT_MS, ...exporter };
    case 'custom':
      return { timeoutMs: DEFAULT_TIMEOUT_MS, ...exporter };
  }
}

/** The variable of traces before the one of all signals. */
function otlpVariables(suffix: string): [string, string] {
  return [`OTEL_EXPORTER_OTLP_TRACES_${suffix}`, `OTEL_EXPORTER_OTLP_${suffix}`];
}

function planOtlp(options: OtlpExporterOptions, variables: OtelVariables): OtlpExporterPlan {
  const [ofTraces, ofAll] = otlpVariables('HEADERS');
  const protocol =
    options.protocol ?? variables.protocol(...otlpVariables('PROTOCOL')) ?? 'http/protobuf';
  const files = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].flatMap(otlpVariables);
  return {
    type: 'otlp',
    name: options.name ?? options.type,
    protocol,
    url: protocol === 'grpc' ? grpcUrl(options, variables) : httpUrl(options, variables),
    headers: mergeHeaders(variables.pairs(ofAll), variables.pairs(ofTraces), options.headers ?? {}),
    compression:
      options.compression ?? variables.compression(...otlpVariables('COMPRESSION')) ?? 'none',
    timeoutMs:
      options.timeoutMs ?? variables.positive(...otlpVariables('TIMEOUT')) ?? DEFAULT_TIMEOUT_MS,
    usesCertificateFiles: variables.text(...files) !== undefined,
  };
}

/** Header names know no case: the last one wins however it is written. */
function mergeHeaders(
  ...sources: readonly Readonly<Record<string, string>>[]
): Record<string, string> {
  const lowerCased = sources.flatMap((it) =>
    Object.entries(it).map(([name, value]) => [name.toLowerCase(), value] as const),
  );
  return Object.fromEntries(lowerCased);
}

function httpUrl({ endpoint }: OtlpExporterOptions, variables: OtelVariables): string {
  const [ofTraces, ofAll] = otlpVariables('ENDPOINT');
  if (endpoint !== undefined)
    return /\/traces\/?$/.test(pathOf(endpoint)) ? endpoint : tracesOf(endpoint);
  // The specification uses the variable of the signal as it is, and adds the path to the one of all signals.
  const exact = variables.url(ofTraces);
  return exact ?? tracesOf(variables.url(ofAll) ?? 'http://localhost:4318');
}

function grpcUrl({ endpoint }: OtlpExporterOptions, variables: OtelVariables): string {
  // Without a scheme it is left to OTEL_EXPORTER_OTLP_INSECURE, which the exporter reads itself.
  return endpoint ?? variables.text(...otlpVariables('ENDPOINT')) ?? 'http://localhost:4317';
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}

function tracesOf(base: string): string {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/traces`;
  return url.href;
}

function planZipkin(options: ZipkinExporterOptions, variables: OtelVariables): ZipkinExporterPlan {
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
