import * as v from 'valibot';
import type { ConfigurationProblem } from '../kernel/configuration-error.js';
import { option, record } from '../options/description.js';
import { nearestNames } from '../options/nearest-names.js';
import type { AlertParameter, ParameterUnit } from './alert-definition.js';
import { alertDefinitions } from './alert-definitions.js';

interface UnitRule {
  readonly rule: string;
  isIn(value: number): boolean;
}

const units: Readonly<Record<ParameterUnit, UnitRule>> = {
  seconds: { rule: 'a number of seconds above 0', isIn: (it: number) => it > 0 },
  ratio: { rule: 'a ratio from 0 to 1', isIn: (it: number) => it >= 0 && it <= 1 },
  bytes: { rule: 'a number of bytes above 0', isIn: (it: number) => it > 0 },
  count: { rule: 'a number, 0 or more', isIn: (it: number) => it >= 0 },
};

/** Values of parameters by `Alert.parameter`. */
export const alertParameters = () =>
  record(
    {
      key: option(v.string(), { rule: 'a text', remedy: 'Pass Alert.parameter.' }),
      value: option(v.pipe(v.number(), v.finite()), {
        rule: 'a finite number',
        remedy: 'Pass a number in the unit of the parameter.',
      }),
    },
    {
      rule: 'an object of numbers by Alert.parameter',
      remedy: "Pass something like { 'ProjectionLagHigh.seconds': 120 }.",
    },
  );

/** Returns the problems of parameters that do not exist, or that are out of range. */
export function parameterProblems(
  parameters: Readonly<Record<string, number>> = {},
): ConfigurationProblem[] {
  const known = new Map<string, AlertParameter>(
    alertDefinitions.flatMap(({ name, parameters: own }) =>
      Object.entries(own).map(([it, parameter]) => [`${name}.${it}`, parameter] as const),
    ),
  );
  return Object.entries(parameters).flatMap(([name, value]) => {
    const subject = `parameters.${name}`;
    const parameter = known.get(name);
    if (parameter === undefined) {
      const remedy = remedyFor(name, [...known.keys()]);
      return [{ subject, value, rule: 'is no parameter of an alert', remedy }];
    }
    const { rule, isIn } = units[parameter.unit];
    if (isIn(value)) return [];
    return [
      { subject, value, rule: `must be ${rule}`, remedy: `The default is ${parameter.default}.` },
    ];
  });
}

/** The parameters of the alert that is meant, else those with a similar name. */
function remedyFor(name: string, known: readonly string[]): string {
  const [alert = ''] = name.toLowerCase().split('.');
  const own = known.filter((it) => it.toLowerCase().startsWith(`${alert}.`));
  const meant = own.length > 0 ? own : nearestNames(name, known);
  return meant.length > 0
    ? `Did you mean ${meant.join(', ')}?`
    : 'Pass Alert.parameter: the runbook of each alert lists its parameters.';
}
