import type { ProjectionRecorder } from '@eventcore/nestjs-observability/projections';
import { type LogPosition, textOf } from '../events/log-position.js';
import type { Checkpoint } from './checkpoints.js';

/** Tells the library what the loop of one projection knows. Commands come from the database, so they outlive a hand-over. */
export class ProjectionReporter {
  private isPaused: boolean | undefined;
  private rebuildTo: string | undefined;

  constructor(private readonly recorder: ProjectionRecorder) {}

  /** The loop turned, and this is what it found. */
  turned({ at, isPaused, rebuildTo }: Checkpoint): void {
    this.recorder.polled();
    if (isPaused !== this.isPaused) {
      if (isPaused) this.recorder.pause();
      else this.recorder.resume();
      this.isPaused = isPaused;
    }
    const target = rebuildTo ? textOf(rebuildTo) : undefined;
    if (target !== undefined && target !== this.rebuildTo) {
      this.recorder.beginRebuild(target);
      this.recorder.checkpoint(at ? textOf(at) : null);
    }
    this.rebuildTo = target;
  }

  committed(at: LogPosition, endsRebuild: boolean): void {
    this.recorder.checkpoint(textOf(at));
    if (endsRebuild) this.recorder.completeRebuild();
  }

  /** Another process, or a rebuild, was faster. */
  dropped(events: number): void {
    this.recorder.skipped(events);
  }

  /** Another process runs the projection: whatever this one knew, it has to say anew when it is its turn again. */
  handedOver(): void {
    this.isPaused = undefined;
    this.rebuildTo = undefined;
  }
}
