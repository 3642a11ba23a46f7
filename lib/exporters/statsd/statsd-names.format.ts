/** Label with its value. */
export type Tag = readonly [name: string, value: string];

/** Format of names and labels. */
export interface Naming {
  readonly dialect: 'dogstatsd' | 'statsd';
  /** Prefix of every name. */
  readonly prefix: string;
  /** Tags of every line. */
  readonly tags: readonly Tag[];
}

/**
 * Converts a string to a StatsD name: characters with a meaning to the server and non-ASCII characters become
 * underscores.
 */
function toStatsdName(text: string): string {
  return text.replace(/[^a-zA-Z0-9_.-]/g, '_');
}

/** Name and tags of the lines of one series. */
export class SeriesNaming {
  readonly #stem: string;
  readonly #tags: string;
  readonly #naming: Naming;

  constructor(naming: Naming, metric: string, labels: readonly Tag[]) {
    const { dialect, prefix, tags } = naming;
    const all = [...tags, ...labels].filter(([, value]) => value !== '');
    this.#naming = naming;
    this.#stem = `${prefix === '' ? '' : `${toStatsdName(prefix)}.`}${toStatsdName(metric)}`;
    this.#tags = dialect === 'dogstatsd' ? all.map(tagText).join(',') : all.map(namePart).join('');
  }

  /**
   * Formats one line.
   *
   * @param value - Value with its type, and its sample rate if any: `3|c`.
   * @param suffix - Suffix of the metric name.
   * @param tag - Additional tag.
   */
  line(value: string, suffix = '', tag?: Tag): string {
    if (this.#naming.dialect === 'statsd') {
      return `${this.#stem}${suffix}${this.#tags}${tag ? namePart(tag) : ''}:${value}`;
    }
    const tags = [this.#tags, tag ? tagText(tag) : ''].filter((it) => it !== '').join(',');
    return `${this.#stem}${suffix}:${value}${tags === '' ? '' : `|#${tags}`}`;
  }
}

/** Formats a tag. Commas, pipes and line breaks would start another tag, field or line. */
function tagText([name, value]: Tag): string {
  return `${toStatsdName(name)}:${value.replace(/[,|#\s\p{Cc}]/gu, '_')}`;
}

/** Formats a label as a part of the name. A dot would start another level. */
function namePart([name, value]: Tag): string {
  return `.${toStatsdName(name).replaceAll('.', '_')}.${toStatsdName(value).replaceAll('.', '_')}`;
}
