/** A label with its value. */
export type Tag = readonly [name: string, value: string];

/** How a server wants names and labels written. */
export interface Naming {
  readonly dialect: 'dogstatsd' | 'statsd';
  /** What stands before every name. */
  readonly prefix: string;
  /** Tags of every line. */
  readonly tags: readonly Tag[];
}

/** Makes a name out of a text: what means something to a server, and what is no ASCII, becomes an underscore. */
function toStatsdName(text: string): string {
  return text.replace(/[^a-zA-Z0-9_.-]/g, '_');
}

/** The name and the end of the lines of one series. */
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
   * One line.
   *
   * @param value - With its type, and sample rate if it has one: `3|c`.
   * @param suffix - What follows the name of the metric.
   * @param tag - A further tag.
   */
  line(value: string, suffix = '', tag?: Tag): string {
    if (this.#naming.dialect === 'statsd') {
      return `${this.#stem}${suffix}${this.#tags}${tag ? namePart(tag) : ''}:${value}`;
    }
    const tags = [this.#tags, tag ? tagText(tag) : ''].filter((it) => it !== '').join(',');
    return `${this.#stem}${suffix}:${value}${tags === '' ? '' : `|#${tags}`}`;
  }
}

/** Commas, pipes and line ends would begin another tag, part or line. */
function tagText([name, value]: Tag): string {
  return `${toStatsdName(name)}:${value.replace(/[,|#\s\p{Cc}]/gu, '_')}`;
}

/** A dot would begin a further level of the name. */
function namePart([name, value]: Tag): string {
  return `.${toStatsdName(name).replaceAll('.', '_')}.${toStatsdName(value).replaceAll('.', '_')}`;
}
