/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the standard variables of OpenTelemetry. It warns about an invalid value and ignores it, as
 * the specification requires.
 * Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export class StandardVariables {
  readonly #env: Environment;
  readonly #warn: (message: string) => void;

  constructor(env: Environment, warn: (message: string) => void) {
    this.#env = env;
    this.#warn = warn;
  }

  /** Returns the trimmed value of the first variable that is set and not blank. */
  text(...names: readonly string[]): string | undefined {
    return this.first(names, (it) => it);
  }

  /** Returns true if the variable is `true`. */
  isTrue(name: string): boolean {
    return this.text(name)?.toLowerCase() === 'true';
  }

  /** Returns the whole number from 1 of the first variable that contains one. */
  positive(...names: readonly string[]): number | undefined {
    return this.first(names, (value, name) => {
      const number = Number(value);
      if (Number.isSafeInteger(number) && number > 0 && number <= 2_147_483_647) return number;
      return this.ignore(name, value, 'a whole number above 0');
    });
  }

  /** Returns a number from 0 to 1. */
  ratio(name: string): number | undefined {
    return this.first([name], (value) => {
      const number = Number(value);
      if (number >= 0 && number <= 1) return number;
      return this.ignore(name, value, 'a number from 0 to 1');
    });
  }

  /** Returns an HTTP URL. Warnings omit its value, which may contain a password. */
  url(...names: readonly string[]): string | undefined {
    return this.first(names, (value, name) => {
      if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value;
      return this.ignore(name, undefined, 'a URL that begins with http:// or https://');
    });
  }

  /** Returns a gRPC target: a URL, or host and port. Warnings omit its value. */
  target(...names: readonly string[]): string | undefined {
    return this.first(names, (value, name) => {
      const url = /^\w{1,8}:\/\//.test(value) ? value : `https://${value}`;
      if (URL.canParse(url) && /^(?:https?|unix):$/.test(new URL(url).protocol)) return value;
      return this.ignore(
        name,
        undefined,
        'a URL that begins with http:// or https://, or host:port',
      );
    });
  }

  /** Returns the elements of a comma-separated list without blanks and duplicates. */
  list(name: string): readonly string[] | undefined {
    const parts = this.text(name)
      ?.split(',')
      .map((it) => it.trim());
    return parts && [...new Set(parts.filter((it) => it !== ''))];
  }

  /**
   * Returns pairs such as `a=1,b=2` with percent-encoded names and values. One malformed pair
   * discards the whole variable. Warnings omit the values, because headers may contain keys.
   *
   * @param isAllowed - Checks each pair. @defaultValue allows all
   */
  pairs(
    name: string,
    isAllowed: (pair: readonly [name: string, value: string]) => boolean = () => true,
  ): Readonly<Record<string, string>> {
    const pairs = (this.list(name) ?? []).map(parsePair);
    if (pairs.every((it) => it !== undefined && isAllowed(it))) {
      return Object.fromEntries(pairs as [string, string][]);
    }
    const rule = 'name=value pairs, percent-encoded, with commas between them and without quotes';
    return this.ignore(name, undefined, rule) ?? {};
  }

  /** Returns an allowed value in any case, of the first variable that contains one. */
  oneOf<T extends string>(allowed: readonly T[], ...names: readonly string[]): T | undefined {
    return this.first(names, (value, name) => {
      const found = allowed.find((it) => it === value.toLowerCase());
      return found ?? this.ignore(name, value, allowed.join(', '));
    });
  }

  /** Returns the parsed value of the first variable that yields one. */
  protected first<T>(
    names: readonly string[],
    read: (value: string, name: string) => T | undefined,
  ): T | undefined {
    for (const name of names) {
      const value = this.#env[name]?.trim() ?? '';
      const result = value === '' ? undefined : read(value, name);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** Warns about a value. */
  protected ignore(name: string, value: string | undefined, rule: string): undefined {
    const shown = value === undefined ? '' : ` = ${JSON.stringify(value.slice(0, 60))}`;
    this.#warn(`${name}${shown} is ignored: it must be ${rule}`);
  }
}

function parsePair(text: string): [string, string] | undefined {
  const split = text.indexOf('=');
  if (split < 1) return undefined;
  try {
    const name = decodeURIComponent(text.slice(0, split).trim());
    return [name, decodeURIComponent(text.slice(split + 1).trim())];
  } catch {
    return undefined;
  }
}
