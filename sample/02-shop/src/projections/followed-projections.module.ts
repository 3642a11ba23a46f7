import { ObservabilityService } from '@eventcore/nestjs-observability';
import { Module } from '@nestjs/common';
import { Checkpoints } from './checkpoints.js';
import { ProjectionTablesModule } from './projection-tables.module.js';

/** For a process that waits for projections which another one runs: it looks at their checkpoints, and publishes nothing. */
@Module({ imports: [ProjectionTablesModule] })
export class FollowedProjectionsModule {
  constructor(observability: ObservabilityService, checkpoint: Checkpoints) {
    observability.projection('order_summary').observe({ checkpoint, owner: () => false });
  }
}
