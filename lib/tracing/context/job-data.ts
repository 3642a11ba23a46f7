import { nestedMetadata } from './metadata-shape.js';
import {
  type MessageContext,
  type MessageContextValues,
  TraceContextCarrier,
  type TraceContextCarrierOptions,
} from './trace-context-carrier.js';

/** Where the trace context stands in job data that has no headers beside it. */
export const JOB_TRACE_KEY = 'traceContext';

/** What is written into a job, and how. */
export type JobTraceOptions = MessageContextValues & Pick<TraceContextCarrierOptions, 'faults'>;

/**
 * Job data with the trace context of the active span under {@link JOB_TRACE_KEY}: for BullMQ and other queues whose jobs
 * are nothing but data. Data that is no object is handed back as it is.
 *
 * @param data - The job's data; it is not changed.
 *
 * @example
 * ```ts
 * import { context } from '@opentelemetry/api';
 * import { contextOfMessage, extractFromJobData, injectIntoJobData } from '@eventcore/nestjs-observability/tracing';
 *
 * export function enqueue(queue: { add(name: string, data: object): Promise<unknown> }, orderId: string) {
 *   return queue.add('send-invoice', injectIntoJobData({ orderId }));
 * }
 *
 * export function work(job: { data: object }, sendInvoice: () => Promise<void>) {
 *   return context.with(contextOfMessage(extractFromJobData(job.data)), sendInvoice);
 * }
 * ```
 */
export function injectIntoJobData<T>(data: T, options: JobTraceOptions = {}): T {
  const { faults, ...values } = options;
  return carrierOf(faults).write(data as object, values) as T;
}

/** The trace context that {@link injectIntoJobData} put into a job; empty when there is none. */
export function extractFromJobData(
  data: unknown,
  { faults }: Pick<TraceContextCarrierOptions, 'faults'> = {},
): MessageContext {
  return carrierOf(faults).read(data);
}

function carrierOf(faults: TraceContextCarrierOptions['faults']): TraceContextCarrier<object> {
  return new TraceContextCarrier(nestedMetadata(JOB_TRACE_KEY), { faults });
}
