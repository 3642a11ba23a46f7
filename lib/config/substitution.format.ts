/** Text after the substitution of references to environment variables. */
export interface Substituted {
  readonly text: string;
  /** Names of the variables whose values are in the text. */
  readonly variables: readonly string[];
  /** References that the grammar does not know, such as `${NAME:?text}`. */
  readonly invalid: readonly string[];
}

const REFERENCE = /\$\{([^}\n]*)\}/g;
const VALID = /^(?:env:)?([a-zA-Z_][a-zA-Z0-9_]*)(?::-(.*))?$/;

/**
 * Substitutes references such as `${NAME}`, `${env:NAME}` and `${NAME:-default}`; `$$` is a dollar sign. Values are used as
 * they are: references in them stay text.
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution
 */
export function substitute(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Substituted {
  const variables: string[] = [];
  const invalid: string[] = [];
  const replace = (reference: string, inner: string) => {
    const [, name, otherwise = ''] = VALID.exec(inner) ?? [];
    if (name === undefined) {
      invalid.push(reference);
      return '';
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined || value === '') return otherwise;
    variables.push(name);
    return value;
  };
  // A dollar sign that was escaped begins no reference.
  const parts = text.split('$$').map((it) => it.replaceAll(REFERENCE, replace));
  return { text: parts.join('$'), variables, invalid };
}
