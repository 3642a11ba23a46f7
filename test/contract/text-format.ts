/** One sample line. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its samples. */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: ParsedSample[];
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const HEADER = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads the text format 0.0.4 from its specification, without a look at what wrote it, and refuses what a server would
 * refuse: a family in two places, a series twice, a sample without header, a missing line end.
 */
export function parseTextFormat(text: string): Map<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let help = '';
  let current: ParsedFamily | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const header = HEADER.exec(line);
    if (header !== null) {
      const [, kind, name, rest] = header as unknown as [string, string, string, string];
      if (kind === 'HELP') {
        help = unescape(rest, { '\\': '\\', n: '\n' });
        continue;
      }
      if (families.has(name)) throw new Error(`two headers for ${name}`);
      current = { name, help, type: rest, samples: [] };
      families.set(name, current);
      continue;
    }
    const sample = parseSample(line);
    const suffixes = SUFFIXES[current?.type ?? ''] ?? [''];
    if (!suffixes.some((it) => sample.name === `${current?.name}${it}`)) {
      throw new Error(`${sample.name} stands under the header of ${current?.name}`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (seen.has(key)) throw new Error(`the series ${key} stands twice`);
    seen.add(key);
    current?.samples.push(sample);
  }
  return families;
}

/** The value of the one sample with that name and exactly or at least those labels. */
export function sampleOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samplesIn(text)
    .filter((it) => it.name === name)
    .filter((it) => Object.entries(labels).every(([key, value]) => it.labels[key] === value));
  if (found.length > 1) throw new Error(`${found.length} samples of ${name} match`);
  return found[0]?.value;
}

// Tests ask for many samples of one text.
let lastRead: { readonly text: string; readonly samples: readonly ParsedSample[] } | undefined;

function samplesIn(text: string): readonly ParsedSample[] {
  if (lastRead?.text !== text) {
    const samples = [...parseTextFormat(text).values()].flatMap((it) => it.samples);
    lastRead = { text, samples };
  }
  return lastRead.samples;
}

/** Reads one sample line. */
export function parseSample(line: string): ParsedSample {
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(line) ?? [];
    if (found === undefined) throw new Error(`cannot read ${JSON.stringify(line.slice(0, 200))}`);
    at += found.length;
    return found;
  };
  const name = take(NAME);
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    do {
      at++;
      const label = take(LABEL);
      take(/="/y);
      const start = at;
      while (line[at] !== '"' && at < line.length) at += line[at] === '\\' ? 2 : 1;
      if (label in labels) throw new Error(`the label ${label} stands twice`);
      labels[label] = unescape(line.slice(start, at), { '\\': '\\', n: '\n', '"': '"' });
      take(/"/y);
    } while (line[at] === ',');
    take(/\}/y);
  }
  take(/ /y);
  return { name, labels, value: parseValue(line.slice(at)) };
}

/** Reads the value of a sample. */
export function parseValue(text: string): number {
  const special: Readonly<Record<string, number>> = {
    '+Inf': Infinity,
    '-Inf': -Infinity,
    NaN: Number.NaN,
  };
  const value = special[text] ?? Number(text);
  if (!(text in special) && !/^[+-]?[0-9.]+(?:e[+-]?[0-9]+)?$/i.test(text)) {
    throw new Error(`${text} is no number`);
  }
  return value;
}

function unescape(text: string, known: Readonly<Record<string, string>>): string {
  return text.replace(/\\(.?)/gs, (_all, char: string) => {
    const plain = known[char];
    if (plain === undefined) throw new Error(`unknown escape \\${char}`);
    return plain;
  });
}
