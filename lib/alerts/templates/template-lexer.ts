/** Text, or the inside of an action. */
export type TemplateToken = { readonly text: string } | { readonly action: string };

const ACTION =
  /\{\{(-\s)?\s*(\/\*[^]*?\*\/|(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*?)\s*(\s-)?\}\}/g;

/** Values, which a space or a sign ends, and signs. */
const WORD =
  /\s*(?:("(?:[^"\\\n]|\\.)*"|`[^`]*`|[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|\$\w*(?:\.[a-zA-Z_]\w*)*|(?:\.[a-zA-Z_]\w*)+|\.|[a-zA-Z_]\w*)(?=$|[\s|,):=])|(\)(?:\.[a-zA-Z_]\w*)*|:=|[=|(,]))/y;

/** Splits a template into texts and actions, without comments and trimmed spaces. @throws SyntaxError */
export function templateTokens(text: string): readonly TemplateToken[] {
  const tokens: TemplateToken[] = [];
  let at = 0;
  let trims = false;
  const addText = (part: string, trimsEnd: boolean) => {
    const start = trims ? part.trimStart() : part;
    const kept = trimsEnd ? start.trimEnd() : start;
    if (kept.includes('{{')) throw new SyntaxError('{{ has no }}');
    if (kept !== '') tokens.push({ text: kept });
  };
  for (const { 0: whole, 1: before, 2: action = '', 3: after, index } of text.matchAll(ACTION)) {
    addText(text.slice(at, index), before !== undefined);
    if (!action.startsWith('/*')) tokens.push({ action });
    trims = after !== undefined;
    at = index + whole.length;
  }
  addText(text.slice(at), false);
  return tokens;
}

/** Splits an action into its words. A variable, a field or a closing parenthesis has its path with it: `$labels.job`. */
export function actionWords(action: string): readonly string[] {
  const words: string[] = [];
  let at = 0;
  while (action.slice(at).trim() !== '') {
    WORD.lastIndex = at;
    const found = WORD.exec(action);
    if (found === null)
      throw new SyntaxError(`${JSON.stringify(action.slice(at).trim())} is not understood`);
    words.push(found[1] ?? found[2]!);
    at += found[0].length;
  }
  return words;
}
