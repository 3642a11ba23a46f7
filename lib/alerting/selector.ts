import { option } from '../options/description.js';

/** Matcher of a label. */
export interface LabelMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** Value without quotes and escapes. */
  readonly value: string;
}

const MATCHER =
  /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\[abfnrtv\\"'])*"|'(?:[^'\\\n]|\\[abfnrtv\\"'])*')\s*(,|$)/y;

/** Option for label matchers without braces that all series must have. */
export const selectorOption = () =>
  option((it) => typeof it === 'string' && isSelector(it), {
    rule: 'a list of label matchers without braces',
    remedy: `Pass something like 'job="shop",environment=~"prod|test"'.`,
  });

/** Returns true for a list of label matchers without braces. An empty text is one. */
function isSelector(text: string): boolean {
  const matchers = parsed(text);
  return (
    matchers !== undefined &&
    matchers.every(({ label, operator, value }) => {
      if (label === '__name__') return false;
      return operator.endsWith('~') ? isPattern(value) : true;
    })
  );
}

/** Returns the matchers of a valid selector. */
export function matchersOf(selector: string): readonly LabelMatcher[] {
  return parsed(selector) ?? [];
}

function parsed(text: string): LabelMatcher[] | undefined {
  const found: LabelMatcher[] = [];
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    MATCHER.lastIndex = at;
    const [whole, label, operator, quoted] = MATCHER.exec(text) ?? [];
    if (whole === undefined || label === undefined || quoted === undefined) return undefined;
    const value = quoted.slice(1, -1).replaceAll(/\\(["'\\])/g, '$1');
    found.push({ label, operator: operator as LabelMatcher['operator'], value });
    at += whole.length;
  }
  return found;
}

/** Prometheus knows neither references to groups nor looking around. */
function isPattern(value: string): boolean {
  if (/\(\?(?:[=!]|<[=!])|\\[1-9]/.test(value)) return false;
  try {
    return new RegExp(value, 'u').unicode;
  } catch {
    return false;
  }
}
