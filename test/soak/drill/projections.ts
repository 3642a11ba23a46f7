import { Injectable } from '@nestjs/common';
import { Projection } from '../../../lib/index.js';
import type { HeadSource, ProjectionScope } from '../../../lib/projections/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const TICK_MS = 100;
/** Events of each tick; a slow loop applies one of them. */
const WRITTEN = 30;
const REBUILD_EVENTS = 10_000_000;

interface LogEvent {
  readonly position: number;
  readonly recordedMs: number;
}

/** A log of events in memory, and the checkpoint of each projection. */
@Injectable()
class EventLog implements HeadSource {
  readonly checkpoints = new Map<string, number>();
  readonly #recorded: number[] = [];

  get head(): number {
    return this.#recorded.length;
  }

  write(count: number): void {
    for (let i = 0; i < count; i++) this.#recorded.push(Date.now());
  }

  after(checkpoint: number): LogEvent | undefined {
    const recordedMs = this.#recorded[checkpoint];
    return recordedMs === undefined ? undefined : { position: checkpoint + 1, recordedMs };
  }

  async observe(scopes: readonly ProjectionScope[]) {
    return new Map(
      scopes.map(({ key, projection }) => {
        const checkpoint = this.checkpoints.get(projection) ?? 0;
        const oldestPendingMs = this.#recorded[checkpoint];
        const pendingEvents = this.head - checkpoint;
        const pending = oldestPendingMs === undefined ? {} : { oldestPendingMs };
        return [key, { head: this.head, checkpoint, pendingEvents, ...pending }] as const;
      }),
    );
  }
}

const observed = (name: string) =>
  ({
    name,
    head: EventLog,
    eventTime: (event: LogEvent) => event.recordedMs,
  }) as const;

/** Projections that each have one fault, while it is switched on. */
@Injectable()
class Projectors {
  readonly faults = new Set<string>();

  @Projection(observed('slow'))
  async slow(_event: LogEvent): Promise<void> {}

  @Projection(observed('stalled'))
  async stalled(_event: LogEvent): Promise<void> {}

  @Projection(observed('faulted'))
  async faulted(_event: LogEvent): Promise<void> {
    if (this.faults.has('fault')) throw new Error('poison');
  }

  @Projection(observed('failing'))
  async failing(event: LogEvent): Promise<void> {
    if (this.faults.has('fail') && event.position % 2 === 0) throw new Error('every second');
  }

  @Projection(observed('lossy'))
  async lossy(_event: LogEvent): Promise<void> {}

  @Projection(observed('rebuilt'))
  async rebuilt(_event: LogEvent): Promise<void> {}
}

type Name = 'slow' | 'stalled' | 'faulted' | 'failing' | 'lossy' | 'rebuilt';
const names: readonly Name[] = ['slow', 'stalled', 'faulted', 'failing', 'lossy', 'rebuilt'];

/** The loop of each projection. */
class Loops {
  readonly log: EventLog;
  readonly projectors: Projectors;
  #replayed = 0;

  constructor(private readonly application: RunningApplication) {
    this.log = application.app.get(EventLog);
    this.projectors = application.app.get(Projectors);
  }

  recorder(name: Name) {
    return this.application.service.projection(name);
  }

  async turn(name: Name): Promise<void> {
    const { faults } = this.projectors;
    if (name === 'stalled' && faults.has('stall')) return;
    if (name === 'rebuilt' && faults.has('rebuild')) {
      this.recorder(name).checkpoint((this.#replayed += 10));
      return;
    }
    const limit = name === 'slow' && faults.has('slow') ? 1 : Number.MAX_SAFE_INTEGER;
    await this.#advance(name, limit);
  }

  async #advance(name: Name, limit: number): Promise<void> {
    const { log, projectors } = this;
    for (let i = 0; i < limit; i++) {
      const at = log.checkpoints.get(name) ?? 0;
      const event = log.after(at);
      if (event === undefined) return;
      // A loop that goes on after a fault, as one that skips does.
      await projectors[name](event).catch(() => undefined);
      if (name === 'lossy' && projectors.faults.has('lose')) this.recorder(name).deadLettered();
      log.checkpoints.set(name, event.position);
      this.recorder(name).checkpoint(event.position);
    }
  }

  beginRebuild(): void {
    this.#replayed = 0;
    this.projectors.faults.add('rebuild');
    this.recorder('rebuilt').beginRebuild(REBUILD_EVENTS);
    this.recorder('rebuilt').checkpoint(0);
  }

  endRebuild(): void {
    this.projectors.faults.delete('rebuild');
    this.log.checkpoints.set('rebuilt', this.log.head);
    this.recorder('rebuilt').checkpoint(REBUILD_EVENTS);
    this.recorder('rebuilt').completeRebuild();
  }
}

const startProjector = () =>
  RunningApplication.start({
    imports: [observability({ projections: { periodMs: 500 } })],
    providers: [EventLog, Projectors],
  });

async function start(): Promise<RunningDrill> {
  const application = await startProjector();
  // A standby that publishes nothing until its projection begins.
  const standby = await RunningApplication.start({
    imports: [observability({ projections: { periodMs: 500 } })],
    providers: [EventLog],
  });
  const loops = new Loops(application);
  const { faults } = loops.projectors;
  const twin = () => standby.service.projection('lossy');
  let isOwner = false;
  let runsTwin: (() => void) | undefined;
  const ends = [
    repeat(TICK_MS, () => loops.log.write(WRITTEN)),
    ...names.map((it) => repeat(TICK_MS, () => loops.turn(it))),
  ];
  const switched = (fault: string, ...alerts: readonly DrilledApplication['alerts'][number][]) => ({
    alerts,
    breaks: () => faults.add(fault),
    mends: () => faults.delete(fault),
  });
  return {
    targets: [hostOf(application.url), hostOf(standby.url)],
    steps: [
      [
        switched('slow', 'ProjectionLagHigh', 'ProjectionLagGrowing', 'ProjectionLatencyHigh'),
        switched('stall', 'ProjectionStalled'),
        switched('fault', 'ProjectionFaulted'),
        switched('fail', 'ProjectionErrorRateHigh'),
        switched('lose', 'ProjectionDeadLettering'),
        {
          alerts: ['ProjectionRebuildSlow'],
          breaks: () => loops.beginRebuild(),
          mends: () => loops.endRebuild(),
        },
        {
          alerts: ['ProjectionOwnedTwice'],
          breaks: () => {
            isOwner = true;
            twin().observe({ owner: () => isOwner, head: standby.app.get(EventLog) });
            runsTwin = repeat(TICK_MS, () => {
              twin().polled();
              twin().checkpoint(0);
            });
          },
          mends: () => {
            isOwner = false;
            runsTwin?.();
          },
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      runsTwin?.();
      await standby.close();
      await application.close();
    },
  };
}

/** Projections on a log in memory: each has one fault. */
export const projectionsDrill: DrilledApplication = {
  job: 'projections',
  alerts: [
    ...(['ProjectionLagHigh', 'ProjectionLagGrowing', 'ProjectionLatencyHigh'] as const),
    ...(['ProjectionStalled', 'ProjectionFaulted', 'ProjectionErrorRateHigh'] as const),
    ...(['ProjectionDeadLettering', 'ProjectionRebuildSlow', 'ProjectionOwnedTwice'] as const),
  ],
  start,
};
