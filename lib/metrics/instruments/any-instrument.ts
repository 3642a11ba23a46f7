import type { MetricDefinition } from '../definition/metric-definition.js';
import { Counter } from './counter.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { InstrumentContext } from './instrument.js';
import type { OpenMetric } from './open-metric.js';

/** An instrument of any type. */
export type AnyInstrument = Counter | Gauge | Histogram;

/** A metric of any kind. */
export type RegisteredMetric = AnyInstrument | OpenMetric;

/** Creates the instrument of a definition. */
export function createInstrument(
  definition: MetricDefinition,
  context: InstrumentContext,
): AnyInstrument {
  switch (definition.type) {
    case 'counter':
      return new Counter(definition, context);
    case 'gauge':
      return new Gauge(definition, context);
    case 'histogram':
      return new Histogram(definition, context);
  }
}
