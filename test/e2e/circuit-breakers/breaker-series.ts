import type { ObservabilityService } from '../../../lib/index.js';

const PREFIX = 'eventcore_circuit_breaker_';

/** The numbers of every breaker: `{ 'state payments': 1, 'transitions_total payments open': 1, … }`. */
export function breakerSeries(service: ObservabilityService): Record<string, number> {
  const series: Record<string, number> = {};
  for (const { definition, blocks } of service.snapshot().metrics) {
    if (!definition.name.startsWith(PREFIX)) continue;
    for (const { labelSets, values } of blocks)
      labelSets.forEach((labels, i) => {
        series[[definition.name.slice(PREFIX.length), ...labels].join(' ')] = values[i] as number;
      });
  }
  return series;
}

/** What the series of one breaker are. */
export function seriesOf(
  name: string,
  numbers: { state: number; closed?: number; half_open?: number; open?: number; refused?: number },
): Record<string, number> {
  const { state, closed = 0, half_open = 0, open = 0, refused = 0 } = numbers;
  return {
    [`state ${name}`]: state,
    [`transitions_total ${name} closed`]: closed,
    [`transitions_total ${name} half_open`]: half_open,
    [`transitions_total ${name} open`]: open,
    [`rejections_total ${name}`]: refused,
  };
}
