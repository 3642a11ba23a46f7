import { isIP } from 'node:net';
import { parseDuration, parseNumber } from '../../query/language/literals.js';
import { compilePattern } from '../../query/pattern/pattern.js';
import { queryEscape, type TemplateFunction, textArgument } from './go-functions.js';
import {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
} from './humanized.format.js';
import { plainText } from './number.format.js';
import { replaceAll } from './replacement.js';
import {
  fieldOf,
  TemplateError,
  TemplateList,
  TemplateStruct,
  type TemplateValue,
  typeName,
  valueText,
} from './template-value.js';

/** First letter of a word. */
const WORD = /(?<![\p{L}\p{N}_])\p{L}/gu;
const ADDRESS = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/;
const NUMBER = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|nan)$/i;

const ofText = (call: (text: string) => TemplateValue): TemplateFunction => ({
  least: 1,
  most: 1,
  call: (it) => call(textArgument(it)),
});
const ofNumber = (call: (value: number) => string): TemplateFunction => ({
  least: 1,
  most: 1,
  call: (it) => call(numberOf(it)),
});
const constant = (value: string): TemplateFunction => ({ least: 0, most: 0, call: () => value });

/** Functions that Prometheus adds. The evaluator answers `query` itself. */
export const alertFunctions: Readonly<Record<string, TemplateFunction>> = {
  query: ofText((it) => it),
  first: { least: 1, most: 1, call: firstOf },
  value: { least: 1, most: 1, call: (it) => fieldOf(sampleOf(it), 'Value') },
  label: { least: 2, most: 2, call: (name, it) => labelOf(it, textArgument(name)) },
  strvalue: { least: 1, most: 1, call: (it) => labelOf(it, '__value__') },
  sortByLabel: { least: 2, most: 2, call: (name, it) => sorted(listOf(it), textArgument(name)) },
  args: {
    least: 0,
    most: Infinity,
    call: (...all) => new TemplateStruct(Object.fromEntries(all.map((it, i) => [`arg${i}`, it]))),
  },
  humanize: ofNumber(humanize),
  humanize1024: ofNumber(humanize1024),
  humanizeDuration: ofNumber(humanizeDuration),
  humanizePercentage: ofNumber(humanizePercentage),
  humanizeTimestamp: ofNumber((it) => (Number.isFinite(it) ? timeOf(it) : plainText(it))),
  toTime: ofNumber(timeOf),
  parseDuration: ofText(secondsOf),
  match: {
    least: 2,
    most: 2,
    call: (pattern, text) =>
      compilePattern(`(?s:.*)(?:${textArgument(pattern)})(?s:.*)`).test(textArgument(text)),
  },
  reReplaceAll: {
    least: 3,
    most: 3,
    call: (pattern, template, text) =>
      replaceAll(textArgument(pattern), textArgument(template), textArgument(text)),
  },
  stripPort: ofText((it) => splitAddress(it)?.host ?? it),
  stripDomain: ofText(withoutDomain),
  title: ofText((it) => it.replaceAll(WORD, (word) => word.toUpperCase())),
  toLower: ofText((it) => it.toLowerCase()),
  toUpper: ofText((it) => it.toUpperCase()),
  safeHtml: ofText((it) => it),
  graphLink: ofText((it) => `/graph?g0.expr=${queryEscape(it)}&g0.tab=0`),
  tableLink: ofText((it) => `/graph?g0.expr=${queryEscape(it)}&g0.tab=1`),
  externalURL: constant(''),
  pathPrefix: constant(''),
};

/** @throws TemplateError for what is no number. */
function numberOf(value: TemplateValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string')
    throw new TemplateError(`can't convert ${typeName(value)} to float`);
  if (!NUMBER.test(value))
    throw new TemplateError(`strconv.ParseFloat: parsing ${JSON.stringify(value)}: invalid syntax`);
  return value.startsWith('-') ? -parseNumber(value.slice(1)) : parseNumber(value.replace('+', ''));
}

function listOf(value: TemplateValue): TemplateList {
  if (value instanceof TemplateList) return value;
  throw wrongType('template.queryResult', value);
}

function sampleOf(value: TemplateValue): TemplateStruct {
  if (value instanceof TemplateStruct) return value;
  throw wrongType('*template.sample', value);
}

function wrongType(wanted: string, value: TemplateValue): TemplateError {
  return new TemplateError(`wrong type for value; expected ${wanted}; got ${typeName(value)}`);
}

function firstOf(value: TemplateValue): TemplateStruct {
  const [first] = listOf(value).items;
  if (first === undefined) throw new TemplateError('first() called on vector with no elements');
  return first;
}

function labelOf(sample: TemplateValue, name: string): TemplateValue {
  return fieldOf(fieldOf(sampleOf(sample), 'Labels'), name);
}

function sorted({ items }: TemplateList, name: string): TemplateList {
  const keyed = items.map((it) => ({ it, key: valueText(labelOf(it, name)) }));
  const inOrder = keyed.toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return new TemplateList(inOrder.map(({ it }) => it));
}

/** Returns Unix seconds as Go prints a time. */
function timeOf(seconds: number): string {
  const time = new Date(Math.trunc(seconds * 1_000));
  if (Number.isNaN(time.getTime())) throw new TemplateError(`${plainText(seconds)} is no time`);
  const [date, clock = ''] = time.toISOString().slice(0, -1).split('T');
  return `${date} ${clock.replace(/\.?0*$/, '')} +0000 UTC`;
}

function secondsOf(text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms === undefined)
    throw new TemplateError(`not a valid duration string: ${JSON.stringify(text)}`);
  return ms / 1_000;
}

function splitAddress(address: string): { host: string; port: string } | undefined {
  const [, inBrackets, plain, port] = ADDRESS.exec(address) ?? [];
  return port === undefined ? undefined : { host: inBrackets ?? plain ?? '', port };
}

function withoutDomain(address: string): string {
  const { host, port } = splitAddress(address) ?? { host: address, port: '' };
  if (isIP(host) !== 0) return address;
  const [name = ''] = host.split('.');
  return port === '' ? name : `${name}:${port}`;
}
