import type { MeasuredKind } from '../metrics/recorders/handler-metrics.js';
import { commandKind } from './command.decorator.js';
import { projectionKind } from './projection.decorator.js';
import { queryKind } from './query.decorator.js';

/** The kinds of handlers, in the order of their metrics. */
export const handlerKinds: readonly MeasuredKind[] = [commandKind, queryKind, projectionKind];
