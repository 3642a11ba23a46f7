export type { Clock } from '../../kernel/clock.js';
export { Faults, type FaultSink } from '../../kernel/faults.js';
export {
  type HttpMiddleware,
  type HttpTraceOptions,
  traceContext,
} from './trace-context.middleware.js';
