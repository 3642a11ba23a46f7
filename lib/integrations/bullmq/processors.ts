import 'reflect-metadata';
import type { DiscoveredMethod } from '../../instrumentation/binding/discovered-method.js';
import { methodsOf } from '../../instrumentation/binding/method-discovery.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';
import type { JobSelection } from '../../jobs/jobs-options.js';
import { jobKind } from '../../kinds/job.decorator.js';
import { addedAt, hasTelemetry, jobHooks, metadataOf, type QueuePackage } from './queued-job.js';

// The packages do not export the keys; being text, they are the same for all copies of them.
const BULLMQ_PROCESSOR = 'bullmq:processor_metadata';
const BULL_PROCESSOR = 'bull:module_queue';
const BULL_PROCESS = 'bull:module_queue_process';

/** Returns the methods of a class that process the jobs of a queue, by the metadata of `@nestjs/bullmq` or `@nestjs/bull`. */
export function processorsOf(
  handlerClass: HandlerClass,
  selection: JobSelection,
): DiscoveredMethod[] {
  const mq = queueIn(Reflect.getMetadata(BULLMQ_PROCESSOR, handlerClass));
  if (mq !== undefined) return selection.accepts(mq) ? [processor('bullmq', 'process', mq)] : [];
  const bull = queueIn(Reflect.getMetadata(BULL_PROCESSOR, handlerClass));
  if (bull === undefined || !selection.accepts(bull)) return [];
  const methods = [...methodsOf(handlerClass)];
  return methods
    .filter(([, method]) => Reflect.hasMetadata(BULL_PROCESS, method))
    .map(([key]) => processor('bull', key, bull));
}

function processor(from: QueuePackage, key: string, queue: string): DiscoveredMethod {
  const { attempt, attributes } = jobHooks(from);
  return {
    kind: jobKind,
    key,
    options: {
      queue,
      // Several processors may share a queue.
      shared: true,
      attempt,
      hasSpan: hasTelemetry,
      metadata: metadataOf,
      eventTime: addedAt,
      span: { attributes },
    },
  };
}

function queueIn(metadata: unknown): string | undefined {
  const { name } = (metadata ?? {}) as { name?: unknown };
  return typeof name === 'string' && name !== '' ? name : undefined;
}
