import { setTimeout as pause } from 'node:timers/promises';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const SLOW_MS = 1_500;
const CALLS_EVERY_MS = 200;
const WRITERS = 4;

class MovedOn extends Error {}

/** Streams in memory, whose appends expect a version. */
class Streams {
  readonly faults = new Set<string>();
  readonly #versions = new Map<string, number>();

  async version(stream: string): Promise<number> {
    if (this.faults.has('stop')) throw Object.assign(new Error('down'), { code: 'ECONNREFUSED' });
    return this.#versions.get(stream) ?? 0;
  }

  async append(stream: string, expected: number): Promise<number> {
    if (this.faults.has('slow')) await pause(SLOW_MS);
    // What a database needs for a write.
    await pause(1);
    if ((this.#versions.get(stream) ?? 0) !== expected) throw new MovedOn();
    this.#versions.set(stream, expected + 1);
    return 1;
  }
}

const adapter = {
  conflict: (error: unknown) => error instanceof MovedOn,
  methods: {
    version: { operation: 'read', effect: 'none', stream: (stream: unknown) => String(stream) },
    append: {
      operation: 'append',
      effect: 'append',
      stream: (stream: unknown) => String(stream),
      events: () => 1,
    },
  },
} as const;

async function start(): Promise<RunningDrill> {
  const application = await RunningApplication.start({ imports: [observability()] });
  const streams = new Streams();
  const store = application.service.instrumentEventStore(streams, adapter as never);
  let writers = 1;
  let streamNumber = 0;
  const append = async (stream: string) => store.append(stream, await store.version(stream));
  const ends = [
    repeat(CALLS_EVERY_MS, () => append(`order-${streamNumber++}`)),
    repeat(CALLS_EVERY_MS, () =>
      Promise.allSettled(Array.from({ length: writers }, () => append('stock-mug'))),
    ),
  ];
  const switched = (fault: string, alert: DrilledApplication['alerts'][number]) => ({
    alerts: [alert],
    breaks: () => streams.faults.add(fault),
    mends: () => streams.faults.delete(fault),
  });
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['EventStoreConflictsHigh'],
          breaks: () => (writers = WRITERS),
          mends: () => (writers = 1),
        },
        switched('slow', 'EventStoreLatencyHigh'),
      ],
      [switched('stop', 'EventStoreErrorRateHigh')],
    ],
    stop: async () => {
      for (const end of ends) end();
      await application.close();
    },
  };
}

/** An event store that is slow, has several writers of one stream, and stops. */
export const eventStoreDrill: DrilledApplication = {
  job: 'event-store',
  alerts: ['EventStoreConflictsHigh', 'EventStoreLatencyHigh', 'EventStoreErrorRateHigh'],
  start,
};
