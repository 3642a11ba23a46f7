import type { Observable } from 'rxjs';
import type { TrackedCall } from '../../instrumentation/calls/current-observation.js';
import type { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import { observeResult } from '../../instrumentation/results/result-observer.js';
import type { Outcome } from '../../kernel/errors/error-classification.js';
import { HIDDEN_ERROR } from './microservice-parts.js';

/** Method of a gRPC service, as a client knows it. */
export interface GrpcMethod {
  /** Service and method, such as `Orders/Find`. */
  readonly pattern: string;
  /** Service with its package, such as `shop.Orders`. */
  readonly service: string;
  readonly name: string;
  /** True if an instrumentation of `@grpc/grpc-js` makes the spans of the method. */
  readonly isInstrumented: boolean;
}

/** Sends a call with the arguments of the application. */
type GrpcSend = (...args: unknown[]) => Observable<unknown>;

/** Runs a call of a service in a span, and sends its context. */
export type TraceGrpcCall = (
  method: GrpcMethod,
  send: GrpcSend,
  args: readonly unknown[],
) => Observable<unknown>;

/** gRPC client of Nest, with the members that this library uses. */
interface GrpcClient {
  getService: AnyFunction;
  getClientByServiceName?(name: string): Readonly<Record<string, unknown>>;
}

/** Attributes that `@grpc/grpc-js` gives the methods of its clients. */
interface MethodAttributes {
  readonly path?: unknown;
  readonly __wrapped?: unknown;
}

/** Returns true for a client whose calls are methods of services. */
export function hasServices(client: object): client is GrpcClient {
  return typeof (client as Partial<GrpcClient>).getService === 'function';
}

/** Hooks for the calls of the services of a client. */
export interface GrpcHooks {
  /** Returns the observation of a call; `undefined` for one that is not observed. */
  callOf(pattern: string): TrackedCall | undefined;
  readonly trace: TraceGrpcCall | undefined;
}

/** Observes the services that the application takes from a client. */
export function observeServices(
  client: GrpcClient,
  overrides: MethodOverrides,
  hooks: GrpcHooks,
): void {
  overrides.method(
    client,
    'getService',
    (original) =>
      function (this: unknown, ...args) {
        const service = original.apply(this, args) as Record<string, unknown>;
        for (const [key, send] of Object.entries(service)) {
          if (typeof send !== 'function') continue;
          const method = methodOf(client, String(args[0]), key);
          service[key] = observedMethod(method, send as GrpcSend, hooks);
        }
        return service;
      },
  );
}

function observedMethod(method: GrpcMethod, send: GrpcSend, { callOf, trace }: GrpcHooks) {
  return (...args: unknown[]): unknown => {
    const call = callOf(method.pattern);
    const answers = trace === undefined ? send(...args) : trace(method, send, args);
    return call === undefined ? answers : observeResult(answers, call, call.start());
  };
}

function methodOf(client: GrpcClient, serviceName: string, key: string): GrpcMethod {
  const { path, __wrapped: isWrapped } = attributesOf(client, serviceName, key);
  const [, service = serviceName, name = key.charAt(0).toUpperCase() + key.slice(1)] =
    typeof path === 'string' ? path.split('/') : [];
  const isInstrumented = isWrapped === true;
  return { pattern: `${serviceName}/${name}`, service, name, isInstrumented };
}

function attributesOf(client: GrpcClient, serviceName: string, key: string): MethodAttributes {
  try {
    return (client.getClientByServiceName?.(serviceName)[key] ?? {}) as MethodAttributes;
  } catch {
    return {};
  }
}

// Source: https://grpc.io/docs/guides/status-codes/
const UNKNOWN = 2;
// Invalid argument, not found, already exists, permission denied, failed precondition, out of range, unauthenticated.
const REJECTIONS: ReadonlySet<unknown> = new Set([3, 5, 6, 7, 9, 11, 16]);

/**
 * Outcome of a call by its status code; `undefined` for an error without one. Nest sends an `RpcException` with the status
 * unknown, and a fixed text in place of any other error.
 */
export function outcomeOfStatus(error: unknown): Outcome | undefined {
  const { code, details } = (error ?? {}) as { code?: unknown; details?: unknown };
  if (typeof code !== 'number' || typeof details !== 'string') return undefined;
  if (code === UNKNOWN) return details === HIDDEN_ERROR ? 'failure' : 'rejected';
  return REJECTIONS.has(code) ? 'rejected' : 'failure';
}
