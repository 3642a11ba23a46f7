import type { AlertDefinition, AlertParameter } from '../alerting/alert-definition.js';
import { type AlertName, alerts } from '../alerting/alert-definitions.js';
import type { PanelThreshold } from './board.js';

type ParameterOf<N extends AlertName> = keyof (typeof alerts)[N]['parameters'] & string;

/** Returns the threshold of an alert that fires above it. */
export function above<N extends AlertName>(alert: N, parameter: ParameterOf<N>): PanelThreshold {
  const { parameters }: AlertDefinition = alerts[alert];
  return { at: (parameters[parameter] as AlertParameter).default, bad: 'above', alert, parameter };
}
