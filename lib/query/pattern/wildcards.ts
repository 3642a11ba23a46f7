import type { PatternNode } from './pattern-node.js';

// A choice in the middle of an expression multiplies the alternatives.
const MAX_TEXTS = 10_000;
const MAX_WITH_GAPS = 100;

/** Text, or a gap: the least number of UTF-16 code units of any kind. */
type Part = string | number;
type Alternative = readonly Part[];

/**
 * Returns the test of an expression that consists of texts, `.*`, `.+` and choices of these, such as `a|b` or
 * `.*(Order|Cart)-.*`: it needs no automaton. `undefined` for any other expression.
 */
export function wildcardTest(root: PatternNode): ((text: string) => boolean) | undefined {
  const alternatives = alternativesOf(root);
  if (alternatives === undefined) return undefined;
  const texts = new Set<string>();
  const withGaps: Alternative[] = [];
  for (const it of alternatives) {
    if (it.some((part) => typeof part === 'number')) withGaps.push(it);
    else texts.add(it.join(''));
  }
  if (withGaps.length > MAX_WITH_GAPS) return undefined;
  return (text) => texts.has(text) || withGaps.some((it) => fits(it, text));
}

function alternativesOf(node: PatternNode): readonly Alternative[] | undefined {
  switch (node.kind) {
    case 'empty':
      return [[]];
    case 'text':
      return [[node.text]];
    case 'char': {
      const code = node.set.single;
      return code === undefined ? undefined : [[String.fromCodePoint(code)]];
    }
    case 'group':
      return alternativesOf(node.body);
    case 'sequence':
      return sequences(node.parts);
    case 'choice':
      return choices(node.options);
    case 'repeat':
      return repeats(node);
    default:
      return undefined;
  }
}

function choices(options: readonly PatternNode[]): readonly Alternative[] | undefined {
  const all: Alternative[] = [];
  for (const it of options) {
    const some = alternativesOf(it);
    if (some === undefined || all.length + some.length > MAX_TEXTS) return undefined;
    all.push(...some);
  }
  return all;
}

function sequences(parts: readonly PatternNode[]): readonly Alternative[] | undefined {
  let all: readonly Alternative[] = [[]];
  for (const it of parts) {
    const some = alternativesOf(it);
    if (some === undefined || all.length * some.length > MAX_TEXTS) return undefined;
    all = all.flatMap((before) => some.map((after) => joined(before, after)));
  }
  return all;
}

function repeats({
  body,
  min,
  max,
}: Extract<PatternNode, { kind: 'repeat' }>): readonly Alternative[] | undefined {
  const isGap = body.kind === 'char' && body.set.isAny && max === Infinity;
  // A code unit more could be half of a character.
  if (isGap) return min <= 1 ? [[min]] : undefined;
  return min === 0 && max === 1 ? choices([{ kind: 'empty' }, body]) : undefined;
}

function joined(before: Alternative, after: Alternative): Alternative {
  const all = [...before];
  for (const part of after) {
    const last = all.at(-1);
    if (typeof last === 'string' && typeof part === 'string') all[all.length - 1] = last + part;
    else all.push(part);
  }
  return all;
}

/** Returns true for a text that has the parts in their order: each at its first place, the last one at the end. */
function fits(parts: Alternative, text: string): boolean {
  let at = 0;
  let gap: number | undefined;
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'number') {
      gap = (gap ?? 0) + part;
      continue;
    }
    const from = at + (gap ?? 0);
    const isLast = i === parts.length - 1;
    const found = isLast ? text.length - part.length : text.indexOf(part, from);
    if (gap === undefined ? found !== at : found < from) return false;
    if (!text.startsWith(part, found)) return false;
    at = found + part.length;
    gap = undefined;
  }
  return gap === undefined ? at === text.length : text.length - at >= gap;
}
