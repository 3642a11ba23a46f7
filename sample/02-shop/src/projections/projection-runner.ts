import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationDrain, ObservabilityService } from '@eventcore/nestjs-observability';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { type Checkpoint, Checkpoints } from './checkpoints.js';
import { PROJECTIONS, type Projection } from './projection.js';
import { ProjectionReporter } from './projection-reporter.js';
import { ProjectorLease } from './projector-lease.js';

const BATCH_SIZE = 100;
const POLL_INTERVAL_MS = 200;
const LEASE_INTERVAL_MS = 500;
const RETRY_INTERVAL_MS = 1_000;

/**
 * Polls the event log for each projection and applies what is new, in the one process that holds the lease. Its shutdown
 * waits for the batches under way, and gives the lease to another process before it stops to take orders.
 */
@Injectable()
export class ProjectionRunner implements OnModuleInit {
  private readonly logger = new Logger(ProjectionRunner.name);

  constructor(
    @Inject(PROJECTIONS) private readonly projections: readonly Projection[],
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly checkpoints: Checkpoints,
    private readonly lease: ProjectorLease,
    private readonly observability: ObservabilityService,
    private readonly drain: ApplicationDrain,
  ) {}

  async onModuleInit(): Promise<void> {
    const owner = () => this.lease.isHeld;
    for (const { name } of this.projections) {
      await this.checkpoints.register(name);
      this.observability.projection(name).observe({ owner });
    }
    void this.runAll(this.drain.hold('projections'));
  }

  private async runAll(release: () => void): Promise<void> {
    await Promise.all([
      this.repeat('The lease', () => this.keepLease()),
      ...this.projections.map((it) => this.run(it)),
    ]);
    await this.lease.release().catch(() => undefined);
    release();
  }

  private run(projection: Projection): Promise<void> {
    const reporter = new ProjectionReporter(this.observability.projection(projection.name));
    return this.repeat(`Projection ${projection.name}`, async () => {
      const applied = await this.turn(projection, reporter);
      return applied < BATCH_SIZE ? POLL_INTERVAL_MS : 0;
    });
  }

  private async keepLease(): Promise<number> {
    await this.lease.take();
    return LEASE_INTERVAL_MS;
  }

  private async turn(projection: Projection, reporter: ProjectionReporter): Promise<number> {
    if (!this.lease.isHeld) {
      reporter.handedOver();
      return 0;
    }
    const checkpoint = await this.checkpoints.of(projection.name);
    reporter.turned(checkpoint);
    return checkpoint.isPaused ? 0 : this.applyBatch(projection, checkpoint, reporter);
  }

  private async applyBatch(
    projection: Projection,
    { at: from, rebuildTo: upTo }: Checkpoint,
    reporter: ProjectionReporter,
  ): Promise<number> {
    const page = { after: from, upTo, types: projection.handles, limit: BATCH_SIZE };
    const events = await this.log.read(page);
    const to = events.at(-1)?.at ?? from;
    const endsRebuild = upTo !== null && events.length < BATCH_SIZE;
    if (events.length === 0 && !endsRebuild) return 0;
    const move = { from, to, endsRebuild };
    const isApplied = await this.database.transaction(async (sql) => {
      if (!(await this.checkpoints.advance(projection.name, move, sql))) return false;
      for (const event of events) await projection.apply(event, sql);
      return true;
    });
    if (!isApplied) reporter.dropped(events.length);
    else if (to) reporter.committed(to, endsRebuild);
    return events.length;
  }

  /** @param turn - Answers how many milliseconds the next one has time. */
  private async repeat(what: string, turn: () => Promise<number>): Promise<void> {
    while (!this.drain.signal.aborted) {
      try {
        const restMs = await turn();
        if (restMs > 0) await this.rest(restMs);
      } catch (error) {
        this.logger.error(`${what} failed, will try again`, error);
        await this.rest(RETRY_INTERVAL_MS);
      }
    }
  }

  private async rest(durationMs: number): Promise<void> {
    const { signal } = this.drain;
    await pause(durationMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
