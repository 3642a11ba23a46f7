import type { ValueDescription } from '../../options/description.js';
import { oneOf, wholeNumber } from '../../options/standard-options.js';
import { logLevels } from '../log-level.js';

const LEAST_BUFFERED = 1_024;
const MOST_BUFFERED = 1_073_741_824;

/** Describes the name of a format. */
export function formatName(): ValueDescription {
  return oneOf(['json', 'ecs', 'pretty', 'pino']);
}

/** Describes a level. */
export function level(): ValueDescription {
  return oneOf(logLevels);
}

/** Describes the bound of a buffer. */
export function bufferedBytes(): ValueDescription {
  return wholeNumber(LEAST_BUFFERED, MOST_BUFFERED);
}
