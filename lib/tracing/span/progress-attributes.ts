import type { Attributes } from '@opentelemetry/api';
import type { HandlingProgress } from '../../kernel/handling-progress.js';

/** What the span of a projection tells of how far it was when the handling began; what is unknown is left out. */
export function progressAttributes(progress: HandlingProgress | undefined): Attributes {
  const { mode = 'live', lagSeconds } = progress ?? {};
  return {
    'projection.mode': mode,
    ...(lagSeconds !== undefined && { 'projection.lag_seconds': lagSeconds }),
  };
}
