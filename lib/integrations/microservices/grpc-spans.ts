import { context as contextApi, type Span, SpanKind, trace } from '@opentelemetry/api';
import { Observable } from 'rxjs';
import type { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { ownFile } from '../../kernel/peers/process-state.js';
import { requireOf } from '../../kernel/peers/require-of.js';
import { libraryTracer } from '../../tracing/context/message-scope.js';
import { keepRandomTrace } from '../../tracing/context/random-trace.js';
import { type GrpcMethod, outcomeOfStatus, type TraceGrpcCall } from './grpc-services.js';
import { recordError } from './message-span.js';
import { type GrpcMetadata, isGrpcMetadata, tracedMetadata } from './traced-metadata.js';

/** Dependencies of the spans of gRPC calls. */
export interface GrpcSpanDeps {
  readonly faults: Faults;
  readonly classifier: ErrorClassifier;
}

/**
 * Returns a function that runs calls in CLIENT spans, from subscription to the last answer, and sends their context in the
 * metadata. Calls that an instrumentation of `@grpc/grpc-js` traces are sent unchanged.
 */
export function grpcSpans(deps: GrpcSpanDeps): TraceGrpcCall {
  const { faults } = deps;
  const Metadata = metadataClass();
  return (method, send, args) => {
    if (method.isInstrumented) return send(...args);
    return new Observable((subscriber) => {
      const span = startSpan(method);
      const scope = trace.setSpan(keepRandomTrace(contextApi.active()), span);
      const end = () => {
        if (span.isRecording()) notify(faults, 'message_context', () => span.end());
      };
      const answered = {
        next: (value: unknown) => subscriber.next(value),
        error: (error: unknown) => {
          notify(faults, 'message_context', () => recordStatus(span, error, deps));
          end();
          subscriber.error(error);
        },
        complete: () => {
          end();
          subscriber.complete();
        },
      };
      const subscription = contextApi.with(scope, () => {
        const all = Metadata === undefined ? args : withMetadata(args, Metadata, faults);
        return send(...all).subscribe(answered);
      });
      subscriber.add(subscription);
      return end;
    });
  };
}

function startSpan({ service, name }: GrpcMethod): Span {
  const attributes = { 'rpc.system': 'grpc', 'rpc.service': service, 'rpc.method': name };
  return libraryTracer().startSpan(`${service}/${name}`, { kind: SpanKind.CLIENT, attributes });
}

function recordStatus(span: Span, error: unknown, { classifier }: GrpcSpanDeps): void {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'number') span.setAttribute('rpc.grpc.status_code', code);
  if (outcomeOfStatus(error) !== 'rejected') recordError(span, error, classifier);
}

/** Returns the arguments with the active trace context in their metadata, which is the second one. */
function withMetadata(
  args: readonly unknown[],
  Metadata: new () => GrpcMetadata,
  faults: Faults,
): readonly unknown[] {
  let sent = args;
  notify(faults, 'message_context', () => {
    const [data, second, ...rest] = args;
    const given = isGrpcMetadata(second) ? second : new Metadata();
    const isReplaced = given === second || second === undefined || second === null;
    sent = [data, tracedMetadata(given, { faults }), ...(isReplaced ? rest : [second, ...rest])];
  });
  return sent;
}

/** Returns the class of the package that Nest itself uses; `undefined` where it cannot be found. */
function metadataClass(): (new () => GrpcMetadata) | undefined {
  const own = requireOf(ownFile);
  for (const find of [() => requireOf(own.resolve('@nestjs/microservices')), () => own]) {
    try {
      const { Metadata } = find()('@grpc/grpc-js') as { Metadata?: unknown };
      if (typeof Metadata === 'function') return Metadata as new () => GrpcMetadata;
    } catch {
      // Try the next location.
    }
  }
  return undefined;
}
