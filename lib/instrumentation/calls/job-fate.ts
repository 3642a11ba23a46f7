import type { Faults } from '../../kernel/faults.js';
import type { JobFate } from '../../kernel/observer.js';
import type { QueuedOptions } from '../decorators/handler-options.js';

/** Failed call of a handler. */
interface FailedCall {
  readonly args: readonly unknown[] | undefined;
  readonly options: QueuedOptions;
  readonly faults: Faults;
}

/** Returns the fate of the job that a call has failed at. Without a queue, no further attempt follows. */
export function fateAfter(thrown: unknown, { args, options, faults }: FailedCall): JobFate {
  if (options.attempt === undefined || args === undefined) return 'exhausted';
  try {
    return options.attempt(args, Number.NaN)?.after(thrown) ?? 'exhausted';
  } catch (fault) {
    faults.report('jobs', fault);
    return 'exhausted';
  }
}
