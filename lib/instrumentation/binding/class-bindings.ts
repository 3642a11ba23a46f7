import type { Decoration } from '../decorators/handler-decoration.js';
import { type BindingTable, tableOf } from './bindings.js';

/** Table of the instances of one class that have the same functions of their own in place of methods, most often none. */
export interface ClassBinding {
  readonly prototype: object;
  /** Decorations in place of those of the class. */
  readonly fields: readonly Decoration[];
  readonly table: BindingTable;
}

/** Tables of the classes of one application. */
export class ClassBindings {
  // The first one of a class is that of instances without functions of their own.
  readonly #byPrototype = new Map<object, ClassBinding[]>();
  readonly #fill: (added: ClassBinding) => void;

  /** @param fill - Fills the table of a new binding. */
  constructor(fill: (added: ClassBinding) => void) {
    this.#fill = fill;
  }

  /** Returns true for a class with a table. */
  has(prototype: object): boolean {
    return this.#byPrototype.has(prototype);
  }

  /** Returns true if the class of this prototype or a subclass of it has a table. */
  hasKindOf(prototype: object): boolean {
    for (const known of this.#byPrototype.keys()) {
      if (known === prototype || Object.prototype.isPrototypeOf.call(prototype, known)) return true;
    }
    return false;
  }

  /** Returns the table of instances with these functions of their own. */
  tableOf(prototype: object, fields: readonly Decoration[] = []): BindingTable {
    const known = this.#byPrototype.get(prototype) ?? [];
    const isSame = (it: ClassBinding) =>
      it.fields.length === fields.length && fields.every((field) => it.fields.includes(field));
    return (known.find(isSame) ?? this.#add({ prototype, fields, table: [] }, known)).table;
  }

  /** Returns the decorations of an instance in place of those of its class, as it is bound now. */
  fieldsOf(instance: object, prototype: object): readonly Decoration[] {
    const table = tableOf(instance);
    return this.#byPrototype.get(prototype)?.find((it) => it.table === table)?.fields ?? [];
  }

  /** Returns the bindings of one class, or of all. */
  list(prototype?: object): readonly ClassBinding[] {
    if (prototype === undefined) return [...this.#byPrototype.values()].flat();
    return this.#byPrototype.get(prototype) ?? [];
  }

  #add(added: ClassBinding, known: readonly ClassBinding[]): ClassBinding {
    this.#byPrototype.set(added.prototype, [...known, added]);
    this.#fill(added);
    return added;
  }
}
