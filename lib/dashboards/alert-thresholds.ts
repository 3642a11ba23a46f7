import type { AlertDefinition, AlertParameter } from '../alerting/alert-definition.js';
import { type AlertName, alerts } from '../alerting/alert-definitions.js';
import type { PanelThreshold } from './board.js';

type ParameterOf<N extends AlertName> = keyof (typeof alerts)[N]['parameters'] & string;

/** Returns the threshold of an alert that fires above it. */
export function above<N extends AlertName>(alert: N, parameter: ParameterOf<N>): PanelThreshold {
  return { at: defaultOf(alert, parameter), bad: 'above', alert, parameter };
}

/** Returns the threshold of an alert that fires below it. */
export function below<N extends AlertName>(alert: N, parameter: ParameterOf<N>): PanelThreshold {
  return { at: defaultOf(alert, parameter), bad: 'below', alert, parameter };
}

function defaultOf(alert: AlertName, parameter: string): number {
  const { parameters }: AlertDefinition = alerts[alert];
  return (parameters[parameter] as AlertParameter).default;
}
