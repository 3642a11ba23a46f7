import type { EventFilter } from '../../../kernel/event-filter.js';
import type { KurrentDbFilter } from './kurrentdb-reads.js';

const EVERYTHING_OF_USERS = '^[^$].*';

/**
 * The filter of the server for what a projection handles.
 *
 * @throws RangeError when the server has none: it looks at types or at streams, not at both.
 */
export function logFilterOf({ eventTypes, categories }: EventFilter): KurrentDbFilter {
  if (eventTypes !== undefined && categories !== undefined) {
    throw new RangeError('the server filters by event types or by categories, not by both');
  }
  if (categories !== undefined) {
    const prefixes = categories.map((it) => `${it}-`);
    return { filterOn: 'streamName', checkpointInterval: 1, prefixes };
  }
  const regex = eventTypes === undefined ? EVERYTHING_OF_USERS : `^(?:${anyOf(eventTypes)})$`;
  return { filterOn: 'eventType', checkpointInterval: 1, regex };
}

function anyOf(texts: readonly string[]): string {
  return texts.map((it) => it.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('|');
}
