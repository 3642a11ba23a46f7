import { setTimeout as pause } from 'node:timers/promises';
import { ObservabilityService } from '@eventcore/nestjs-observability';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Database } from '../database/database.js';
import { EventLog } from '../events/event-log.js';
import { Checkpoints } from './checkpoints.js';
import { PROJECTIONS, type Projection } from './projection.js';

const BATCH_SIZE = 100;
const POLL_INTERVAL_MS = 200;
const RETRY_INTERVAL_MS = 1_000;

/** Polls the event log for each projection and applies what is new. */
@Injectable()
export class ProjectionRunner implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(ProjectionRunner.name);
  private readonly stopping = new AbortController();
  private loops: Promise<void>[] = [];

  constructor(
    @Inject(PROJECTIONS) private readonly projections: readonly Projection[],
    private readonly database: Database,
    private readonly log: EventLog,
    private readonly checkpoints: Checkpoints,
    private readonly observability: ObservabilityService,
  ) {}

  async onModuleInit(): Promise<void> {
    for (const { name } of this.projections) await this.checkpoints.register(name);
    this.loops = this.projections.map((projection) => this.run(projection));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.loops);
  }

  private async run(projection: Projection): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        const applied = await this.applyBatch(projection);
        if (applied < BATCH_SIZE) await this.rest(POLL_INTERVAL_MS);
      } catch (error) {
        this.logger.error(`Projection ${projection.name} failed, will try again`, error);
        await this.rest(RETRY_INTERVAL_MS);
      }
    }
  }

  private async applyBatch(projection: Projection): Promise<number> {
    const from = await this.checkpoints.read(projection.name);
    const events = await this.log.read({
      after: from,
      types: projection.handles,
      limit: BATCH_SIZE,
    });
    const last = events.at(-1);
    if (!last) return 0;
    await this.database.transaction(async (sql) => {
      const move = { from, to: last.at };
      if (!(await this.checkpoints.advance(projection.name, move, sql))) {
        this.observability.projection(projection.name).skipped(events.length);
        return;
      }
      for (const event of events) await projection.apply(event, sql);
    });
    return events.length;
  }

  private async rest(durationMs: number): Promise<void> {
    const { signal } = this.stopping;
    await pause(durationMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
