import type { VectorMatching } from './expression.js';
import type { TokenStream } from './token-stream.js';

const CONTEXT = 'grouping opts';

/** Takes `by (…)` or `without (…)` where it follows. */
export function takeGrouping(
  tokens: TokenStream,
): { readonly grouping: readonly string[]; readonly isWithout: boolean } | undefined {
  const isWithout = tokens.seesWord('without');
  if (!isWithout && !tokens.seesWord('by')) return undefined;
  tokens.next();
  return { grouping: takeLabels(tokens), isWithout };
}

/** Takes the modifiers of a binary operator: `on (…) group_left (…)` and its like. */
export function takeMatching(tokens: TokenStream): VectorMatching {
  const isOn = tokens.seesWord('on');
  if (!isOn && !tokens.seesWord('ignoring')) {
    return { labels: [], isOn, many: 'none', include: [] };
  }
  tokens.next();
  const labels = takeLabels(tokens);
  const many = tokens.take('group_left') ? 'left' : tokens.take('group_right') ? 'right' : 'none';
  const include = many !== 'none' && tokens.sees('(') ? takeLabels(tokens) : [];
  return { labels, isOn, many, include };
}

function takeLabels(tokens: TokenStream): string[] {
  const labels: string[] = [];
  tokens.expect('(', { context: CONTEXT, expected: '"("' });
  while (!tokens.take(')')) {
    labels.push(takeLabel(tokens));
    if (!tokens.take(',') && !tokens.sees(')')) {
      tokens.unexpected({ context: CONTEXT, expected: '"," or ")"' });
    }
  }
  return labels;
}

function takeLabel(tokens: TokenStream): string {
  const { kind, start, text } = tokens.current;
  if (kind !== 'identifier' && kind !== 'string') {
    return tokens.unexpected({ context: CONTEXT, expected: 'label' });
  }
  if (kind === 'identifier' && text.includes(':')) {
    return tokens.unexpected({ context: CONTEXT, expected: 'label' });
  }
  const token = tokens.next();
  const label = kind === 'string' ? tokens.stringValue(token) : text;
  if (label === '') tokens.fail('invalid label name for grouping: ""', start);
  return label;
}
