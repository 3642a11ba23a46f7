import { assertOptions } from '../../options/assert-options.js';
import { group } from '../../options/description.js';
import { namespace as namespaceOption } from '../../options/standard-options.js';
import { exposedNames } from '../definition/metric-definition.js';
import { catalogueMetrics } from './catalogue.js';
import { nameIn, OWN_NAMESPACE } from './catalogue-metric.js';

const NAMES: ReadonlySet<string> = new Set(catalogueMetrics.flatMap((it) => exposedNames(it)));
const RECORDED = `${OWN_NAMESPACE}:`;
const WORD = /(?<![\w:])[a-z_][\w:]*/g;
const STRING = String.raw`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|` + '`[^`]*`';
const SELECTOR = new RegExp(
  String.raw`(${STRING})|(?<![\w:])([a-z_][\w:]*)(?:\{((?:${STRING}|[^"'\`}])*)\})?`,
  'g',
);

/** Returns true for the name of a sample in the catalogue: a metric, or the buckets, sum or count of a histogram. */
export function isCatalogueName(name: string): boolean {
  return NAMES.has(name);
}

/**
 * Renames the catalogue metrics and recording rules in a text, such as a PromQL expression.
 *
 * @param namespace - The option `namespace` of the applications.
 * @param text - Text with names in the namespace `eventcore`. Other words stay as they are.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for a namespace that no application can have.
 */
export function expressionIn(namespace: string, text: string): string {
  assertOptions('', group<{ namespace: string }>({ namespace: namespaceOption() }), { namespace });
  if (namespace === OWN_NAMESPACE) return text;
  return text.replaceAll(WORD, (word) => {
    if (word.startsWith(RECORDED)) return `${namespace}:${word.slice(RECORDED.length)}`;
    return isCatalogueName(word) ? nameIn(namespace, word) : word;
  });
}

/**
 * Adds label matchers to the selectors of a PromQL expression.
 *
 * @param expression - Expression with names in the namespace `eventcore`.
 * @param matchers - Matchers without braces, such as `job="shop"`; empty for none.
 * @param isSelected - Returns true for a name whose selectors are restricted. @defaultValue names in the catalogue
 */
export function withMatchers(
  expression: string,
  matchers: string,
  isSelected: (name: string) => boolean = isCatalogueName,
): string {
  if (matchers === '') return expression;
  return expression.replaceAll(SELECTOR, (whole: string, ...groups: string[]) => {
    const [, name, own = ''] = groups;
    if (name === undefined || !isSelected(name)) return whole;
    return `${name}{${[own, matchers].filter((it) => it.trim() !== '').join(',')}}`;
  });
}
