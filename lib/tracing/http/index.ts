export type { Clock } from '../../kernel/clock.js';
export { Faults, type FaultSink } from '../../kernel/faults.js';
export { type HttpMiddleware, traceContext } from './trace-context-middleware.js';
export type { HttpTraceOptions } from './traced-requests.js';
