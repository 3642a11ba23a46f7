import type { TemplateValue } from './template-value.js';

/** Variables of a block, and the value of `.` in it. */
export class TemplateScope {
  readonly dot: TemplateValue;
  readonly #variables = new Map<string, TemplateValue>();
  readonly #outer: TemplateScope | undefined;

  /** @param dot - Value of `.`, and of `$` in the outermost block. */
  constructor(dot: TemplateValue, outer?: TemplateScope) {
    this.dot = dot;
    this.#outer = outer;
    if (outer === undefined) this.set('$', dot);
  }

  /** Returns the scope of a block in this one. */
  inside(dot: TemplateValue = this.dot): TemplateScope {
    return new TemplateScope(dot, this);
  }

  get(name: string): TemplateValue {
    return this.#of(name).#variables.get(name);
  }

  /** Declares a variable, or gives another value to one that is there. */
  set(name: string, value: TemplateValue, isAssignment = false): void {
    const scope = isAssignment ? this.#of(name) : this;
    scope.#variables.set(name, value);
  }

  /** The parser has refused variables that are not there. */
  #of(name: string): TemplateScope {
    if (this.#outer === undefined || this.#variables.has(name)) return this;
    return this.#outer.#of(name);
  }
}
