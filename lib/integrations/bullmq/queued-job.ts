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
  /** Attempts that have ended. */
  readonly attemptsMade?: unknown;
  /** Attempts that have begun, of BullMQ from version 5 on. */
  readonly attemptsStarted?: unknown;
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
/** Name of Bull for jobs without a name. */
const UNNAMED = '__default__';

/** Returns the job that a processor has received; `undefined` for a call by hand. */
function jobIn([job]: readonly unknown[]): QueuedJob | undefined {
  const { name, opts } = (job ?? {}) as Partial<QueuedJob>;
  return typeof name === 'string' && typeof opts === 'object' ? (job as QueuedJob) : undefined;
}

/** Number of an attempt, from 1. */
function attemptNumber({ attemptsMade, attemptsStarted }: QueuedJob): number {
  const made = numberIn(attemptsMade) ?? 0;
  // BullMQ before version 5 counts the attempt that has begun; Bull, and BullMQ since then, those that have ended.
  return Math.max(1, numberIn(attemptsStarted) ?? made + 1);
}

/** Seconds from the moment at which a job could run to its start; `undefined` for a later attempt, or unknown times. */
function waitSeconds(job: QueuedJob, nowMs: number): number | undefined {
  const addedMs = numberIn(job.timestamp);
  if (addedMs === undefined || attemptNumber(job) > 1 || !isEventTime(addedMs, nowMs))
    return undefined;
  const startedMs = numberIn(job.processedOn) ?? nowMs;
  return Math.max(0, startedMs - addedMs - (numberIn(job.opts?.delay) ?? 0)) / 1_000;
}

/** Returns the attempt that a call of a processor is. */
export function attemptOf(args: readonly unknown[], nowMs: number): JobAttempt | undefined {
  const job = jobIn(args);
  if (job === undefined) return undefined;
  return {
    name: job.name === UNNAMED ? 'default' : job.name,
    waitSeconds: waitSeconds(job, nowMs),
    after: (thrown) => fateAfter(job, thrown),
  };
}

function fateAfter(job: QueuedJob, thrown: unknown): JobFate {
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (message === RATE_LIMIT || POSTPONING.has(String(name))) return 'postponed';
  const made = numberIn(job.attemptsMade) ?? 0;
  const startLimit = job.queue?.opts?.maxStartedAttempts;
  const isLastStart = Boolean(startLimit) && startLimit! <= (numberIn(job.attemptsStarted) ?? 0);
  const isLast = made + 1 >= (numberIn(job.opts?.attempts) ?? 1) || isLastStart;
  return isLast || name === 'UnrecoverableError' ? 'exhausted' : 'retried';
}

/** Returns the attributes of the span of a job. */
export function jobAttributes(...args: readonly unknown[]): SpanAttributes {
  const job = jobIn(args);
  if (job === undefined) return {};
  const { id } = job;
  return {
    'job.id': typeof id === 'string' || typeof id === 'number' ? String(id) : undefined,
    'job.attempt': attemptNumber(job),
    'job.wait_seconds': waitSeconds(job, Date.now()),
  };
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
