import { isEventTime } from '../../kernel/clock.js';
import type { SpanAttributes } from '../../kernel/call-tracer.js';
import type { JobAttempt, JobFate } from '../../kernel/observer.js';

/** Job of BullMQ or Bull, with the members that this library uses. */
interface QueuedJob {
  readonly id?: unknown;
  readonly name: string;
  readonly data?: unknown;
  readonly opts?: QueuedJobOptions;
  readonly timestamp?: unknown;
  readonly processedOn?: unknown;
  /** Attempts that have ended; of BullMQ before version 5 with the one that has begun. */
  readonly attemptsMade?: unknown;
  /** Attempts that have begun, of BullMQ from version 5 on. */
  readonly attemptsStarted?: unknown;
  /** True once the processor has called `discard()`, of BullMQ before version 6. */
  readonly discarded?: unknown;
  /** The same, of Bull. */
  readonly _discarded?: unknown;
  /** The worker, or the queue of Bull. */
  readonly queue?: {
    readonly opts?: { readonly telemetry?: unknown; maxStartedAttempts?: number };
  };
}

interface QueuedJobOptions {
  readonly attempts?: unknown;
  /** Delay that the producer asked for. The job's own member is 0 once the job has waited. */
  readonly delay?: unknown;
  readonly telemetry?: { readonly metadata?: unknown };
}

/** Errors by which a processor of BullMQ gives a job back. */
const POSTPONING = new Set([
  'DelayedError',
  'RateLimitError',
  'WaitingChildrenError',
  'WaitingError',
]);
const RATE_LIMIT = 'bullmq:rateLimitExceeded';
/** Names of jobs without a name: that of Bull, and an empty one, which Prometheus reads as no label. */
const UNNAMED: ReadonlySet<string> = new Set(['__default__', '']);

/** Returns the job that a processor has received; `undefined` for a call by hand. */
function jobIn([job]: readonly unknown[]): QueuedJob | undefined {
  const { name, opts } = (job ?? {}) as Partial<QueuedJob>;
  return typeof name === 'string' && typeof opts === 'object' ? (job as QueuedJob) : undefined;
}

/** Package whose jobs a processor receives. */
export type QueuePackage = 'bull' | 'bullmq';

/** Number of attempts that ended before the current one. */
function endedAttempts(job: QueuedJob, from: QueuePackage): number {
  const made = numberIn(job.attemptsMade) ?? 0;
  const hasBegun = from === 'bullmq' && numberIn(job.attemptsStarted) === undefined;
  return hasBegun ? Math.max(0, made - 1) : made;
}

/** Number of an attempt, from 1. A job that stalled, or was put off, has begun more often than it has ended. */
function attemptNumber(job: QueuedJob, from: QueuePackage): number {
  return Math.max(1, numberIn(job.attemptsStarted) ?? endedAttempts(job, from) + 1);
}

/** Seconds from the moment at which a job could run to its start; `undefined` for a later attempt, or unknown times. */
function waitSeconds(job: QueuedJob, from: QueuePackage, nowMs: number): number | undefined {
  const addedMs = numberIn(job.timestamp);
  if (addedMs === undefined || attemptNumber(job, from) > 1 || !isEventTime(addedMs, nowMs))
    return undefined;
  const startedMs = numberIn(job.processedOn) ?? nowMs;
  return Math.max(0, startedMs - addedMs - (numberIn(job.opts?.delay) ?? 0)) / 1_000;
}

/** Returns the hooks that read the jobs of a package. */
export function jobHooks(from: QueuePackage) {
  return {
    attempt: (args: readonly unknown[], nowMs: number): JobAttempt | undefined => {
      const job = jobIn(args);
      if (job === undefined) return undefined;
      return {
        name: UNNAMED.has(job.name) ? 'default' : job.name,
        waitSeconds: waitSeconds(job, from, nowMs),
        after: (thrown) => fateAfter(job, from, thrown),
      };
    },
    attributes: (...args: readonly unknown[]): SpanAttributes => {
      const job = jobIn(args);
      if (job === undefined) return {};
      const { id } = job;
      return {
        'job.id': typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
        'job.attempt': attemptNumber(job, from),
        'job.wait_seconds': waitSeconds(job, from, Date.now()),
      };
    },
  };
}

function fateAfter(job: QueuedJob, from: QueuePackage, thrown: unknown): JobFate {
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (message === RATE_LIMIT || POSTPONING.has(String(name))) return 'postponed';
  const startLimit = job.queue?.opts?.maxStartedAttempts;
  const isLastStart = Boolean(startLimit) && startLimit! <= (numberIn(job.attemptsStarted) ?? 0);
  const isLast = endedAttempts(job, from) + 1 >= (numberIn(job.opts?.attempts) ?? 1);
  if (job.discarded === true || isDiscarded(job)) return 'exhausted';
  return isLast || isLastStart || name === 'UnrecoverableError' ? 'exhausted' : 'retried';
}

/** Returns true for a job that Bull does not try again. */
function isDiscarded({ _discarded: discarded }: QueuedJob): boolean {
  return discarded === true;
}

/** Returns the metadata with the trace context of the producer: of the job's data, else of its options. */
export function metadataOf(job: unknown): unknown {
  const { data, opts } = (job ?? {}) as Partial<QueuedJob>;
  const { traceContext } = (data ?? {}) as { traceContext?: unknown };
  if (typeof traceContext === 'object' && traceContext !== null) return traceContext;
  const metadata = opts?.telemetry?.metadata;
  return typeof metadata === 'string' ? (JSON.parse(metadata) as unknown) : undefined;
}

/** Returns the time at which a job was added. */
export function addedAt(job: unknown): number | undefined {
  return numberIn((job as Partial<QueuedJob> | undefined)?.timestamp);
}

/** Returns true for a job of a worker with BullMQ's own telemetry, which has made a span. */
export function hasTelemetry(job: unknown): boolean {
  return (job as Partial<QueuedJob> | undefined)?.queue?.opts?.telemetry !== undefined;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
