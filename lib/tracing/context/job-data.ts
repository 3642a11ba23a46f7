import { nestedMetadata } from './metadata-shape.js';
import {
  type MessageContext,
  type MessageContextValues,
  TraceContextCarrier,
  type TraceContextCarrierOptions,
} from './trace-context-carrier.js';

/** Key of the trace context in the data of jobs without headers. */
export const JOB_TRACE_KEY = 'traceContext';

/** Options of {@link injectIntoJobData}. */
export type JobTraceOptions = MessageContextValues & Pick<TraceContextCarrierOptions, 'faults'>;

/**
 * Returns job data with the trace context of the active span under {@link JOB_TRACE_KEY}. Use it
 * for BullMQ and other queues whose jobs have no headers. Data that is not an object is returned
 * unchanged.
 *
 * @param data - Job data, which is not modified.
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

/** Returns the trace context that {@link injectIntoJobData} has written into a job; empty without one. */
export function extractFromJobData(
  data: unknown,
  { faults }: Pick<TraceContextCarrierOptions, 'faults'> = {},
): MessageContext {
  return carrierOf(faults).read(data);
}

function carrierOf(faults: TraceContextCarrierOptions['faults']): TraceContextCarrier<object> {
  return new TraceContextCarrier(nestedMetadata(JOB_TRACE_KEY), { faults });
}
