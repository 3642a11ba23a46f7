const MATCHER = /^\s*(?!__)[a-zA-Z_]\w*\s*(=~|!~|!=|=)\s*("(?:[^"\\\n]|\\.)*")\s*/;
// What JavaScript has and RE2, the engine of Prometheus, has not: looking around, and references to groups.
const NOT_IN_RE2 = /\(\?<?[=!]|\\[1-9]|\\k</;

/** Returns true for label matchers of PromQL without braces, separated by commas: `job="shop", region=~"eu-.*"`. */
export function isMatcherList(text: string): boolean {
  let rest = text;
  for (;;) {
    const [matched, operator, value] = MATCHER.exec(rest) ?? [];
    if (matched === undefined || !isValue(operator as string, value as string)) return false;
    rest = rest.slice(matched.length);
    if (rest === '') return true;
    if (!rest.startsWith(',')) return false;
    rest = rest.slice(1);
  }
}

function isValue(operator: string, quoted: string): boolean {
  try {
    const value = JSON.parse(quoted) as string;
    if (!operator.endsWith('~')) return true;
    return !NOT_IN_RE2.test(value) && new RegExp(value, 'u').source !== '';
  } catch {
    return false;
  }
}
