import { configurationCodes } from './error-codes.js';
import { type FaultCode, faultCodes } from './fault-codes.js';

/** Code of a fault: one of its own, or that of a configuration error that occurs at run time. */
export type ReportedCode = FaultCode | keyof typeof configurationCodes;

/** Descriptions of all codes that a fault may have. */
export const reportedCodes = { ...faultCodes, ...configurationCodes };

const componentCodes: Readonly<Record<string, FaultCode>> = {
  active_streams: 'OBS_EVENT_STORE_UNREADABLE',
  circuit_breaker: 'OBS_RESOURCE_UNREADABLE',
  classifier: 'OBS_HOOK_FAILED',
  clock: 'OBS_CLOCK_FAILED',
  clock_skew: 'OBS_CLOCK_SKEW',
  cluster: 'OBS_AGGREGATION_FAILED',
  collector: 'OBS_COLLECTOR_FAILED',
  connection_pool: 'OBS_RESOURCE_UNREADABLE',
  discovery: 'OBS_RESOURCE_UNREADABLE',
  event_store: 'OBS_EVENT_STORE_UNREADABLE',
  event_time: 'OBS_TIME_INVALID',
  events: 'OBS_HOOK_FAILED',
  health_details: 'OBS_HOOK_FAILED',
  http_context: 'OBS_TRACE_CONTEXT_FAILED',
  labels: 'OBS_LABELS_INVALID',
  logging: 'OBS_LOG_SINK_UNAVAILABLE',
  message_context: 'OBS_TRACE_CONTEXT_FAILED',
  metrics: 'OBS_OBSERVATION_REFUSED',
  names: 'OBS_OBSERVATION_REFUSED',
  on_skip: 'OBS_HOOK_FAILED',
  owner: 'OBS_HOOK_FAILED',
  position: 'OBS_HOOK_FAILED',
  projection_sources: 'OBS_PROGRESS_SOURCE_UNAVAILABLE',
  prometheus: 'OBS_SCRAPE_FAILED',
  span_attributes: 'OBS_HOOK_FAILED',
  span_export: 'OBS_SPAN_EXPORT_FAILED',
  trace_context: 'OBS_TRACE_CONTEXT_FAILED',
  tracing: 'OBS_TRACING_FAILED',
};

/** Codes of the components that an application brings: exporters and plugins, by name. */
export type BroughtComponents = ReadonlyMap<string, FaultCode>;

const UNREACHABLE =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|E(?:HOST|NET)UNREACH|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|ENOENT|UND_ERR_(?:SOCKET|CONNECT_TIMEOUT))$/;
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const GRPC_UNAVAILABLE = 14;
const DEPTH = 4;

/** Returns the code of a fault. It never throws, whatever was thrown. */
export function faultCodeOf(
  component: string,
  error: unknown,
  brought?: BroughtComponents,
): ReportedCode {
  const codes = codesOf(error, DEPTH);
  const own = codes.find((it): it is ReportedCode => Object.hasOwn(reportedCodes, String(it)));
  if (own !== undefined) return own;
  const code = (Object.hasOwn(componentCodes, component) && componentCodes[component]) || undefined;
  const general = code ?? brought?.get(component) ?? 'OBS_INTERNAL_FAULT';
  if (general === 'OBS_EXPORTER_FAILED' && codes.some(isUnreachable))
    return 'OBS_EXPORTER_UNREACHABLE';
  if (general === 'OBS_LOG_SINK_UNAVAILABLE' && codes.some((it) => FULL.has(String(it))))
    return 'OBS_LOG_SINK_FULL';
  return general;
}

/** Returns the code of a fault with its cause and remedy, for a log line. */
export function adviceOf(code: ReportedCode): string {
  const { cause, remedy } = reportedCodes[code];
  return `${code}: ${cause} ${remedy}`;
}

/** Returns an error with a code for {@link faultCodeOf}. */
export function codedFault(code: ReportedCode, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function isUnreachable(code: unknown): boolean {
  return code === GRPC_UNAVAILABLE || UNREACHABLE.test(String(code));
}

/** Returns the codes of an error, of its causes, and of the attempts of a connection to several addresses. */
function codesOf(error: unknown, depth: number): (string | number)[] {
  try {
    const { code, cause, errors } = (error ?? {}) as Readonly<Record<string, unknown>>;
    const own = typeof code === 'string' || typeof code === 'number' ? [code] : [];
    if (depth === 0) return own;
    const inner = [cause, ...(Array.isArray(errors) ? errors.slice(0, DEPTH) : [])];
    return [...own, ...inner.flatMap((it) => (it ? codesOf(it, depth - 1) : []))];
  } catch {
    return [];
  }
}
