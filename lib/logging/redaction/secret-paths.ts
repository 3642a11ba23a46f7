/** Segments of a path: names, `*` for one name, `**` for any number of them. */
type Segments = readonly string[];

/** Decides by the place of a value whether it is a secret: `user.email`, `*.iban`, `**.note`. */
export class SecretPaths {
  readonly #paths: readonly Segments[];

  /** @param paths - Paths below `fields`; the first word may also be `fields`. */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map((it) => it.replace(/^fields\./, '').split('.'));
  }

  /** Returns false when the trail of names need not be kept. */
  get isUsed(): boolean {
    return this.#paths.length > 0;
  }

  /** @param trail - Names from `fields` to the value. */
  has(trail: readonly string[]): boolean {
    return this.#paths.some((it) => matches(it, trail, { at: 0, from: 0 }));
  }
}

function matches(path: Segments, trail: readonly string[], place: Place): boolean {
  const { at, from } = place;
  const segment = path[at];
  if (segment === undefined) return from === trail.length;
  if (segment === '**') {
    for (let rest = from; rest <= trail.length; rest++) {
      if (matches(path, trail, { at: at + 1, from: rest })) return true;
    }
    return false;
  }
  if (from >= trail.length || (segment !== '*' && segment !== trail[from])) return false;
  return matches(path, trail, { at: at + 1, from: from + 1 });
}

interface Place {
  readonly at: number;
  readonly from: number;
}
