export {
  type HttpMiddleware,
  type HttpTraceOptions,
  traceContext,
} from './trace-context.middleware.js';
