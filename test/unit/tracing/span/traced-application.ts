import { context, type ContextManager, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type Diagnosis,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../../lib/index.js';

/** An SDK that keeps the spans it is given, registered until it is closed. */
export class RecordingSdk {
  readonly #exporter = new InMemorySpanExporter();
  readonly #manager: ContextManager = new AsyncLocalStorageContextManager().enable();
  readonly provider: BasicTracerProvider;

  constructor(sampler?: Sampler) {
    this.provider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(this.#exporter)],
      ...(sampler && { sampler }),
    });
    // The recorder of observeTest() stays registered in its process.
    this.close();
    context.setGlobalContextManager(this.#manager);
    trace.setGlobalTracerProvider(this.provider);
  }

  /** The spans that ended, in the order of their end. */
  spans(): ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** The only span of that name. */
  span(name: string): ReadableSpan {
    const [found, ...others] = this.spans().filter((it) => it.name === name);
    if (found === undefined || others.length > 0) {
      throw new Error(
        `${name}: ${others.length + (found ? 1 : 0)} of ${this.spans()
          .map((it) => it.name)
          .join()}`,
      );
    }
    return found;
  }

  close(): void {
    trace.disable();
    context.disable();
  }
}

/** An application of one provider. */
export async function startApplication<T>(
  provider: Type<T>,
  options: ObservabilityOptions = {},
): Promise<{
  handler: T;
  gather(): Promise<string>;
  diagnose(): Diagnosis;
  close(): Promise<void>;
}> {
  @Module({
    imports: [ObservabilityModule.forRoot({ ...options, prometheus: false, health: false })],
    providers: [provider],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  return {
    handler: app.get(provider),
    gather: () => app.get(ObservabilityService).gather(),
    diagnose: () => app.get(ObservabilityService).diagnose(),
    close: () => app.close(),
  };
}
