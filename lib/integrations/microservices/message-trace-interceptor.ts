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

/** Token of the options of a {@link MessageTraceInterceptor} that the injector makes. */
export const MESSAGE_TRACE_OPTIONS: unique symbol = Symbol.for(
  'eventcore.message-trace-options',
) as never;

/**
 * Runs the handlers of messages in the trace of the message, each in a CONSUMER span named `process <pattern>`. Handlers
 * of HTTP pass through. In an application that imports `ObservabilityModule`, its rules tell rejections from errors and
 * its metrics count malformed headers; a microservice of a hybrid application with a configuration of its own gets the
 * interceptor from the injector for that: `app.get(MessageTraceInterceptor)`.
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
    receivesContext(this, (parts) => messages.adopt(parts));
    this.#messages = messages;
  }

  /** Called by Nest. */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    return this.#messages.handle(execution, () => next.handle() as Observable<unknown>);
  }
}

/** A hook of Nest 12 that runs before the guards of a message handler. */
export type MessageHook = (
  execution: ExecutionContext,
  next: () => Observable<unknown>,
) => Observable<unknown>;

/**
 * The same as {@link MessageTraceInterceptor}, for `registerPreRequestHook` of Nest 12: guards, and interceptors that come
 * first, are part of the span too.
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
  receivesContext(hook, (parts) => messages.adopt(parts));
  return hook;
}
