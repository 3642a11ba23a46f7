import { createRequire } from 'node:module';
import { trace, type Tracer } from '@opentelemetry/api';

const { name, version } = createRequire(import.meta.url)('../../../package.json') as {
  readonly name: string;
  readonly version: string;
};

/** The tracer of this library: one name and version for all of its spans, whatever SDK is registered now. */
export function libraryTracer(): Tracer {
  return trace.getTracer(name, version);
}
