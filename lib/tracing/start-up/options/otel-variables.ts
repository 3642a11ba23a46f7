import { StandardVariables } from '../../../options/standard-variables.js';
import type { ExportCompression, OtlpProtocol, PropagatorName } from './telemetry-options.js';

const PROTOCOLS: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc'];
const COMPRESSIONS: readonly ExportCompression[] = ['none', 'gzip'];
const PROPAGATORS: readonly PropagatorName[] = ['tracecontext', 'baggage'];

/** Reads the standard variables that traces depend on. */
export class OtelVariables extends StandardVariables {
  /** An OTLP protocol. */
  protocol(...names: readonly string[]): OtlpProtocol | undefined {
    return this.oneOf(PROTOCOLS, ...names);
  }

  /** A compression. */
  compression(...names: readonly string[]): ExportCompression | undefined {
    return this.oneOf(COMPRESSIONS, ...names);
  }

  /** The propagators; unknown ones are left out. */
  propagators(): readonly PropagatorName[] | undefined {
    const name = 'OTEL_PROPAGATORS';
    const named = this.list(name);
    if (named === undefined) return undefined;
    if (named.includes('none')) return [];
    for (const it of named.filter((it) => !PROPAGATORS.includes(it as PropagatorName))) {
      this.ignore(name, it, 'tracecontext, baggage or none');
    }
    return PROPAGATORS.filter((it) => named.includes(it));
  }
}
