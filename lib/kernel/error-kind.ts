const WORD = /^[\w$.-]{1,64}$/;

/**
 * What an error is, without what it says: its name and its code, or that of its cause. Messages may hold addresses with
 * credentials in them. It never throws.
 */
export function errorKind(error: unknown): string {
  try {
    const { name, code, cause } = (error ?? {}) as {
      name?: unknown;
      code?: unknown;
      cause?: unknown;
    };
    const causeCode = (cause as { code?: unknown } | undefined)?.code;
    const words = [name, code ?? causeCode].map(wordOf).filter((it) => it !== undefined);
    return words.length > 0 ? words.join(' ') : `a thrown ${typeof error}`;
  } catch {
    return 'an error that cannot be read';
  }
}

function wordOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && WORD.test(text) ? text : undefined;
}
