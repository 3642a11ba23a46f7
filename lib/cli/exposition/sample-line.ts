import type { PageFormat, PageSample } from './exposition.js';

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([^\s={},"]+)[ \t]*=[ \t]*"((?:[^"\\]|\\[\\n"])*)"[ \t]*(,?)/y;
const LABELS_END = /[ \t]*\}/y;
const NUMBER =
  /^(?:[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan|[+-]?0x[\da-f.]+(?:p[+-]?\d+)?)$/i;
const TEXT_REST = /^[ \t]+(\S+)(?:[ \t]+(\S+))?[ \t]*$/;
const OPENMETRICS_REST = /^ (\S+)(?: ([^\s#]+))?(?: # (\{.*\}) (\S+)(?: (\S+))?)?$/;

type Labels = [name: string, value: string][];

/** Reads the line of a sample. @throws Error with the violated rule. */
export function readSample(text: string, line: number, format: PageFormat): PageSample {
  const name = matchAt(NAME, text, 0)?.[0];
  if (name === undefined) throw new Error('a sample begins with a metric name');
  let end = name.length;
  const spaces = format === 'text' ? (matchAt(/[ \t]*/y, text, end)?.[0].length ?? 0) : 0;
  let labels: Labels = [];
  if (text[end + spaces] === '{') [labels, end] = readLabels(text, end + spaces + 1);
  const rest = (format === 'text' ? TEXT_REST : OPENMETRICS_REST).exec(text.slice(end));
  if (rest === null) throw new Error(`a name and its labels are followed by a value`);
  const [, value = '', timestamp, exemplar, exemplarValue, exemplarTimestamp] = rest;
  if (exemplar !== undefined) readLabels(exemplar, 1);
  for (const it of [value, exemplarValue])
    if (it !== undefined && !NUMBER.test(it)) throw new Error(`${shown(it)} is not a number`);
  return { name, labels, value: numberOf(value), timestamp, exemplarTimestamp, line };
}

/** Returns the number of a text in the syntax of Go; NaN for anything else. */
export function numberOf(text: string): number {
  if (!NUMBER.test(text)) return Number.NaN;
  const infinite = /^([+-]?)inf/i.exec(text);
  return infinite === null ? Number(text) : infinite[1] === '-' ? -Infinity : Infinity;
}

/** @returns Labels, and the position behind the closing brace. */
function readLabels(text: string, from: number): [Labels, number] {
  const labels: Labels = [];
  let position = from;
  let isOpen = true;
  for (;;) {
    const close = matchAt(LABELS_END, text, position);
    if (close !== undefined) return [labels, position + close[0].length];
    const label: RegExpExecArray | undefined = isOpen ? matchAt(LABEL, text, position) : undefined;
    if (label === undefined)
      throw new Error('labels are name="value", separated by commas, with \\\\, \\" and \\n');
    const [whole, name = '', value = '', comma = '']: readonly string[] = label;
    labels.push([name, value]);
    position += whole.length;
    isOpen = comma === ',';
  }
}

function matchAt(pattern: RegExp, text: string, position: number): RegExpExecArray | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text) ?? undefined;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40).toWellFormed());
}
