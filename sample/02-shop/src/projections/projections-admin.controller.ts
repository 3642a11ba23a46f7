import { Controller, HttpCode, Inject, NotFoundException, Param, Post } from '@nestjs/common';
import { EventLog } from '../events/event-log.js';
import { textOf } from '../events/log-position.js';
import { Checkpoints } from './checkpoints.js';
import { PROJECTIONS, type Projection } from './projection.js';

/**
 * Commands to projections. They are written down where the process that runs the projection finds them within a
 * moment. A shop in earnest asks who is there before it lets anybody in.
 */
@Controller('admin/projections/:name')
export class ProjectionsAdminController {
  constructor(
    @Inject(PROJECTIONS) private readonly projections: readonly Projection[],
    private readonly checkpoints: Checkpoints,
    private readonly log: EventLog,
  ) {}

  @Post('pause')
  @HttpCode(202)
  async pause(@Param('name') name: string): Promise<void> {
    await this.checkpoints.pause(this.find(name).name, true);
  }

  @Post('resume')
  @HttpCode(202)
  async resume(@Param('name') name: string): Promise<void> {
    await this.checkpoints.pause(this.find(name).name, false);
  }

  /** Empties the projection and replays what there is now. */
  @Post('rebuild')
  @HttpCode(202)
  async rebuild(@Param('name') name: string): Promise<{ target: string | null }> {
    const projection = this.find(name);
    const target = await this.log.head(projection.handles);
    await this.checkpoints.rebuild(name, target, (sql) => projection.reset(sql));
    return { target: target && textOf(target) };
  }

  private find(name: string): Projection {
    const projection = this.projections.find((it) => it.name === name);
    if (!projection) throw new NotFoundException(`No projection ${name}`);
    return projection;
  }
}
