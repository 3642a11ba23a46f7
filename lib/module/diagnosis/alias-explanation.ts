import { type DialectName, dialects } from '../../exporters/prometheus/dialects/dialects.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';
import type { Diagnosis, Explanation } from './diagnosis.js';
import { explain } from './explanation.js';

/** Explains the name that a dialect gives to a metric; `undefined` for any other one. */
export function explainAlias(
  { wiring, namespace }: ObservabilityRuntime,
  diagnosis: Diagnosis,
  name: string,
): Explanation | undefined {
  const here = (it: string) => it.replace(/^eventcore_/, `${namespace}_`);
  const names = Object.keys(dialects) as DialectName[];
  const isOurs = diagnosis.metrics.some((it) => it.name === name);
  for (const dialect of isOurs ? [] : names) {
    const row = dialects[dialect].find((it) => here(it.name) === name);
    if (row === undefined) continue;
    const source = explain(diagnosis, here(row.source));
    const prometheus = wiring?.extras.prometheus;
    const isOn = prometheus !== false && prometheus?.dialects?.includes(dialect) === true;
    const alias = `It is ${source.name} in the dialect ${dialect}`;
    const reason = isOn ? `${alias}.` : `${alias}, which prometheus.dialects does not name.`;
    return {
      ...source,
      name,
      appears: isOn && source.appears,
      reasons: [reason, ...source.reasons],
    };
  }
  return undefined;
}
