import type { Exposition, PageFamily, PageFormat, PageProblem } from './exposition.js';
import { readSample } from './sample-line.js';

const METADATA = /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+(\S+)(?:[ \t](.*))?$/s;
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const END = '# EOF';

const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  info: ['_info'],
};
const types: Readonly<Record<PageFormat, readonly string[]>> = {
  text: ['counter', 'gauge', 'histogram', 'summary', 'untyped'],
  openmetrics: [
    'counter',
    'gauge',
    'histogram',
    'summary',
    'unknown',
    'gaugehistogram',
    'info',
    'stateset',
  ],
};
/** Longest list of lines that break the format: a page of another kind has no other lines. */
const MOST_PROBLEMS = 20;

/** Reads a metrics page in the text format 0.0.4 or in OpenMetrics 1.0, and collects violations of the format. */
export function readExposition(text: string, format: PageFormat = formatOf(text)): Exposition {
  return new ExpositionParser(format).read(text);
}

function formatOf(text: string): PageFormat {
  return /(?:^|\n)# EOF\n?$/.test(text) ? 'openmetrics' : 'text';
}

class ExpositionParser {
  readonly #format: PageFormat;
  readonly #families = new Map<string, PageFamily>();
  readonly #problems: PageProblem[] = [];
  readonly #scattered = new Set<string>();
  #current: PageFamily | undefined;

  constructor(format: PageFormat) {
    this.#format = format;
  }

  read(text: string): Exposition {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    else this.#problem(lines.length, 'syntax', 'the last line has no line feed');
    if (this.#format === 'openmetrics') this.#readEnd(lines);
    for (const [i, line] of lines.entries()) {
      this.#readLine(line, i + 1);
      if (this.#problems.length >= MOST_PROBLEMS) break;
    }
    const families = [...this.#families.values()];
    return { format: this.#format, families, problems: this.#problems };
  }

  #readEnd(lines: string[]): void {
    const position = lines.indexOf(END);
    if (position < 0 || position < lines.length - 1)
      this.#problem(
        position < 0 ? lines.length : position + 2,
        'syntax',
        `${END} is the last line`,
      );
    if (position >= 0) lines.length = position;
  }

  #readLine(line: string, number: number): void {
    if (line.startsWith('#')) this.#readMetadata(line, number);
    else if (line.trim() !== '') this.#readSample(line.trimStart(), number);
    else if (this.#format === 'openmetrics') this.#problem(number, 'syntax', 'a line is empty');
  }

  #readMetadata(line: string, number: number): void {
    const [, kind, name, value = ''] = METADATA.exec(line) ?? [];
    if (kind === undefined || name === undefined) {
      if (this.#format === 'openmetrics')
        this.#problem(number, 'syntax', 'a comment is HELP, TYPE, UNIT or EOF');
      return;
    }
    if (kind === 'UNIT' && this.#format === 'text') return;
    if (!METRIC_NAME.test(name)) return this.#badName(number, name);
    const family = this.#familyOf(name, number);
    const before = { HELP: family.help, UNIT: family.unit, TYPE: undefined }[kind];
    const isTyped = kind === 'TYPE' && this.#typed.has(family);
    if (before !== undefined || isTyped)
      return this.#problem(number, 'duplicate-metadata', `${name} has a second ${kind} line`);
    const isLate = family.samples.length > 0;
    if (isLate && (kind === 'TYPE' || this.#format === 'openmetrics'))
      this.#problem(number, 'metadata-order', `${kind} of ${name} comes before its samples`);
    if (kind === 'HELP') family.help = value;
    else if (kind === 'UNIT') family.unit = value;
    else this.#setType(family, value.trim().toLowerCase(), number);
  }

  readonly #typed = new Set<PageFamily>();

  #setType(family: PageFamily, type: string, number: number): void {
    this.#typed.add(family);
    const known = types[this.#format];
    if (!known.includes(type))
      return this.#problem(number, 'type', `the type is one of ${known.join(', ')}`);
    family.type = type === 'unknown' ? 'untyped' : type;
  }

  #readSample(line: string, number: number): void {
    try {
      const sample = readSample(line, number, this.#format);
      this.#familyOf(this.#familyNameOf(sample.name), number).samples.push(sample);
    } catch (error) {
      this.#problem(number, 'syntax', (error as Error).message);
    }
  }

  /** Returns the name of the family of a sample: without the suffix of its type. */
  #familyNameOf(sample: string): string {
    const own = this.#families.get(sample);
    if (own !== undefined && (this.#format === 'text' || own.type !== 'counter')) return sample;
    const position = sample.lastIndexOf('_');
    const family = position > 0 ? this.#families.get(sample.slice(0, position)) : undefined;
    const isSuffixed =
      family !== undefined &&
      (this.#format === 'openmetrics' || family.type !== 'counter') &&
      suffixes[family.type]?.includes(sample.slice(position)) === true;
    return isSuffixed ? family.name : sample;
  }

  #familyOf(name: string, line: number): PageFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { name, type: 'untyped', help: undefined, unit: undefined, line, samples: [] };
      this.#families.set(name, family);
    } else if (family !== this.#current && !this.#scattered.has(name)) {
      this.#scattered.add(name);
      this.#problem(line, 'grouped', `the lines of ${name} are in one group`);
    }
    this.#current = family;
    return family;
  }

  #badName(line: number, name: string): void {
    const shown = JSON.stringify(name.slice(0, 60));
    this.#problem(line, 'metric-name', `a metric name matches [a-zA-Z_:][a-zA-Z0-9_:]*: ${shown}`);
  }

  #problem(line: number, code: string, message: string): void {
    this.#problems.push({ line, code, message });
  }
}
