import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { QueueReading, QueueSource } from '../../jobs/queue-poller.js';

/** Queue of BullMQ or Bull, with the members that this library uses. */
export interface Queue {
  readonly name: string;
  readonly opts?: { readonly telemetry?: unknown };
  getJobCounts(): Promise<Readonly<Record<string, number>>>;
  getJobs(...range: [types: string[], start: number, end: number, asc: boolean]): Promise<unknown>;
}

/** Worker of BullMQ, with the members that this library uses. */
export interface Worker {
  pause(doNotWaitActive?: boolean): Promise<unknown>;
}

// Token of a queue in both packages.
const QUEUE_TOKEN = /^BullQueue_/;
// Lists of jobs that could run. BullMQ before version 6 adds those of a paused queue to `waiting` itself.
const WAITING = ['waiting', 'prioritized'];
const BULL_WAITING = ['waiting', 'paused'];

/** Returns the queues among the providers, by token and shape. */
export function queuesOf(modules: Modules): Queue[] {
  const found = new Set<Queue>();
  for (const { providers } of modules) {
    for (const [token, { instance }] of providers) {
      const isToken = typeof token === 'string' && QUEUE_TOKEN.test(token);
      if (isToken && isQueue(instance)) found.add(instance);
    }
  }
  return [...found];
}

function isQueue(value: unknown): value is Queue {
  const { name, getJobCounts, getJobs } = (value ?? {}) as Partial<Queue>;
  return (
    typeof name === 'string' && typeof getJobCounts === 'function' && typeof getJobs === 'function'
  );
}

/** Returns the workers of the processors among the providers. */
export function workersOf(modules: Modules): Worker[] {
  const found = new Set<Worker>();
  for (const { providers } of modules) {
    for (const { instance } of providers.values()) {
      // The getter of it throws for a processor without a worker.
      const { _worker: worker } = (instance ?? {}) as { readonly _worker?: unknown };
      if (typeof (worker as Partial<Worker> | undefined)?.pause === 'function')
        found.add(worker as Worker);
    }
  }
  return [...found];
}

/** Returns a queue as the source of its numbers. */
export function queueSource(queue: Queue): QueueSource {
  return {
    name: queue.name,
    read: async (): Promise<QueueReading> => {
      const [counts, ...first] = await Promise.all([
        queue.getJobCounts(),
        ...waitingLists(queue).map((it) => queue.getJobs([it], 0, 0, true)),
      ]);
      const times = first.flat().map(runnableMs);
      const known = times.filter((it) => it !== undefined);
      const jobs = Object.entries(counts).filter(([, it]) => Number.isFinite(it));
      return {
        jobs: Object.fromEntries(jobs),
        oldestWaitingMs: known.length === 0 ? undefined : Math.min(...known),
      };
    },
  };
}

function waitingLists(queue: Queue): readonly string[] {
  return 'getPrioritized' in queue ? WAITING : BULL_WAITING;
}

/** Returns the Unix time in milliseconds from which a job could run. A job may end between two questions. */
function runnableMs(job: unknown): number | undefined {
  const { timestamp, opts } = (job ?? {}) as { timestamp?: unknown; opts?: { delay?: unknown } };
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) return undefined;
  const delay = opts?.delay;
  return timestamp + (typeof delay === 'number' && Number.isFinite(delay) ? delay : 0);
}
