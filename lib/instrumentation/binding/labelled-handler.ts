import type { Faults } from '../../kernel/faults.js';
import { requireSync } from '../../kernel/hooks.js';
import { OTHER } from '../../kernel/label.js';
import type { BoundHandler, HandlerBinding } from './handler-binding.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import type { LabelHook } from '../decorators/handler-options.js';

/** Handler labels that an application declares, each with its possible values. */
export type HandlerLabels = Readonly<Record<string, readonly string[]>>;

/** Dependencies of a {@link LabelledHandler}. */
export interface LabelledHandlerDeps {
  readonly decoration: HandlerDecoration;
  readonly hooks: Readonly<Record<string, LabelHook>>;
  readonly declared: HandlerLabels;
  readonly faults: Faults;
  bind(labels: Readonly<Record<string, string>>): HandlerBinding;
}

interface Label {
  readonly name: string;
  readonly hook: LabelHook;
  /** Declared values, followed by the value for all others. */
  readonly values: readonly string[];
}

/** Handler with one binding per combination of label values. All declared combinations exist from the start. */
export class LabelledHandler implements BoundHandler {
  readonly decoration: HandlerDecoration;
  readonly #parts: LabelledHandlerDeps;
  readonly #labels: readonly Label[];
  // By the indices of the values in their lists, encoded as one number.
  readonly #bindings = new Map<number, HandlerBinding>();

  constructor(parts: LabelledHandlerDeps) {
    this.decoration = parts.decoration;
    this.#parts = parts;
    this.#labels = Object.entries(parts.hooks).map(([name, hook]) => ({
      name,
      hook,
      values: [...(parts.declared[name] ?? []), OTHER],
    }));
    for (const places of declaredCombinations(this.#labels)) this.#bindingAt(places);
  }

  /** {@inheritDoc BoundHandler.select} */
  select(args: readonly unknown[]): HandlerBinding {
    let key = 0;
    for (const label of this.#labels) key = key * label.values.length + this.#placeOf(label, args);
    return this.#bindings.get(key) ?? this.#bindingAt(this.#placesOf(key));
  }

  #bindingAt(places: readonly number[]): HandlerBinding {
    const labels: Record<string, string> = {};
    let key = 0;
    for (const [i, { name, values }] of this.#labels.entries()) {
      const place = places[i] as number;
      labels[name] = values[place] as string;
      key = key * values.length + place;
    }
    const binding = this.#parts.bind(labels);
    this.#bindings.set(key, binding);
    return binding;
  }

  #placesOf(key: number): number[] {
    let rest = key;
    return this.#labels.reduceRight<number[]>((places, { values }) => {
      const place = rest % values.length;
      rest = (rest - place) / values.length;
      return [place, ...places];
    }, []);
  }

  #placeOf({ name, hook, values }: Label, args: readonly unknown[]): number {
    const other = values.length - 1;
    try {
      const value = requireSync(hook(...args));
      if (typeof value !== 'string') throw new TypeError(`the hook of ${name} returned no string`);
      const place = values.indexOf(value);
      return place === -1 ? other : place;
    } catch (fault) {
      this.#parts.faults.report('labels', fault);
      return other;
    }
  }
}

function declaredCombinations(labels: readonly Label[]): number[][] {
  return labels.reduce<number[][]>(
    (found, { values }) =>
      found.flatMap((places) => values.slice(0, -1).map((_, place) => [...places, place])),
    [[]],
  );
}
