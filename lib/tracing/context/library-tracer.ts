import { trace, type Tracer } from '@opentelemetry/api';
import { libraryName, libraryVersion } from '../../kernel/library.js';

/** The tracer of this library: one name and version for all of its spans, whatever SDK is registered now. */
export function libraryTracer(): Tracer {
  return trace.getTracer(libraryName, libraryVersion);
}
