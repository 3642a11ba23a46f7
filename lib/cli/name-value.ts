import type { ParameterUnit } from '../alerting/alert-definition.js';
import { alertDefinitions } from '../alerting/alert-definitions.js';
import { UsageError } from './command-io.js';
import { quantityOf } from './quantity.js';

/** Returns the pairs of an option `NAME=VALUE`, each name once. */
export function pairsOf(option: string, texts: readonly string[] = []): [string, string][] {
  const pairs = texts.map((it) => pairOf(option, it));
  const double = pairs.find(([name], i) => pairs.findIndex((it) => it[0] === name) !== i);
  if (double === undefined) return pairs;
  throw new UsageError(`--${option} ${double[0]} is given twice. Pass it once.`);
}

/** Returns the values of alert parameters from `--set ALERT.NAME=VALUE`. */
export function parametersOf(texts?: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(pairsOf('set', texts).map(parameterOf));
}

function pairOf(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  throw new UsageError(
    `--${option} ${JSON.stringify(text)} must be NAME=VALUE. Add the value after =.`,
  );
}

const unitOf = new Map<string, ParameterUnit>(
  alertDefinitions.flatMap(({ name, parameters }) =>
    Object.entries(parameters).map(([it, { unit }]) => [`${name}.${it}`, unit] as const),
  ),
);

/** An unknown parameter is reported with the other options. */
function parameterOf([name, value]: readonly [string, string]): [string, number] {
  const unit = unitOf.get(name);
  if (unit === undefined) return [name, 0];
  const quantity = quantityOf(value, unit);
  if (typeof quantity === 'number') return [name, quantity];
  throw new UsageError(`--set ${name} must be ${quantity.rule}. ${quantity.remedy}`);
}
