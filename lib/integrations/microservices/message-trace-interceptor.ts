import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { receivesContext } from '../../kernel/application-context.js';
import { type MessageTraceOptions, TracedMessages } from './traced-messages.js';

/** Injection token of the options of {@link MessageTraceInterceptor}. */
export const MESSAGE_TRACE_OPTIONS: unique symbol = Symbol.for(
  'eventcore.message-trace-options',
) as never;

/**
 * Runs message handlers in the trace of the message, each in a CONSUMER span named `process <pattern>`. HTTP handlers
 * pass through. In an application that imports `ObservabilityModule`, the module's rules distinguish rejections from
 * errors, and its metrics count malformed headers. For a microservice of a hybrid application with its own
 * configuration, get the interceptor from the injector: `app.get(MessageTraceInterceptor)`.
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { type MicroserviceOptions, Transport } from '@nestjs/microservices';
 * import { MessageTraceInterceptor } from '@eventcore/nestjs-observability/microservices';
 *
 * export async function start(AppModule: object): Promise<void> {
 *   const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
 *     transport: Transport.NATS,
 *   });
 *   app.useGlobalInterceptors(new MessageTraceInterceptor());
 *   await app.listen();
 * }
 * ```
 */
@Injectable()
export class MessageTraceInterceptor implements NestInterceptor {
  readonly #messages: TracedMessages;

  constructor(@Optional() @Inject(MESSAGE_TRACE_OPTIONS) options?: MessageTraceOptions) {
    const messages = new TracedMessages(options);
    receivesContext(this, (context) => messages.adopt(context));
    this.#messages = messages;
  }

  /** Called by Nest. */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return this.#messages.handle(execution, () => next.handle() as Observable<unknown>);
  }
}

/** Nest 12 hook that runs before the guards of a message handler. */
export type MessageHook = (
  execution: ExecutionContext,
  next: () => Observable<unknown>,
) => Observable<unknown>;

/**
 * Hook variant of {@link MessageTraceInterceptor} for `registerPreRequestHook` of Nest 12. The span also covers guards
 * and earlier interceptors.
 *
 * @example
 * ```ts
 * import type { INestMicroservice } from '@nestjs/common';
 * import { traceMessages } from '@eventcore/nestjs-observability/microservices';
 *
 * export const traced = (app: INestMicroservice) => app.registerPreRequestHook(traceMessages());
 * ```
 */
export function traceMessages(options?: MessageTraceOptions): MessageHook {
  const messages = new TracedMessages(options);
  const hook: MessageHook = (execution, next) => messages.handle(execution, next);
  receivesContext(hook, (context) => messages.adopt(context));
  return hook;
}
