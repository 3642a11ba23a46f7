import { sharedState } from '../../kernel/peers/process-state.js';
import { type AnyFunction, isObserved } from '../decorators/function-identity.js';
import type { Decoration } from '../decorators/handler-decoration.js';
import { wrapDecorated, wrapGetter } from './discovered-method.js';

/** Functions of one instance in place of decorated methods. */
export interface InstanceFields {
  /** Decorations in place of those of the methods. */
  readonly observed: readonly Decoration[];
  /** Decorations whose functions cannot be replaced, because the instance is frozen. */
  readonly fixed: readonly Decoration[];
}

const NO_FIELDS: InstanceFields = { observed: [], fixed: [] };

// By the decoration that they replace. All instances share them.
const replacements = sharedState('field-replacements', () => new WeakMap<Decoration, Decoration>());
// Decoration of the method that each of them replaces in the end.
const methods = sharedState('field-methods', () => new WeakMap<Decoration, Decoration>());
const observedFields = sharedState('observed-fields', () => new WeakMap<AnyFunction, Decoration>());

/**
 * Observes functions in properties of an instance, such as arrow functions, in place of the decorated methods that they
 * replace. The decorations have the same index as those of the methods, so that a table has one of the two.
 *
 * @param decorations - Decorations of the class.
 * @param before - Decorations in place of those of the class since an earlier call. A function that has been assigned
 * since then may call the observed one.
 */
export function observeFields(
  instance: object,
  decorations: () => readonly Decoration[],
  before: readonly Decoration[],
): InstanceFields {
  const keys = Reflect.ownKeys(instance).filter((it) => fieldOf(instance, it) !== undefined);
  if (keys.length === 0) return NO_FIELDS;
  const observed: Decoration[] = [];
  const fixed: Decoration[] = [];
  for (const method of decorations()) {
    const field = keys.includes(method.key) ? fieldOf(instance, method.key) : undefined;
    if (field === undefined) continue;
    const known = observedFields.get(field);
    if (known !== undefined && methods.get(known) === method) observed.push(known);
    if (known === undefined ? isObserved(field) : methods.get(known) === method) continue;
    const replaced = before.find(({ key }) => key === method.key) ?? method;
    const added = replacementOf(replaced, method);
    (observeField(instance, added) ? observed : fixed).push(added);
  }
  return { observed, fixed };
}

function replacementOf(replaced: Decoration, method: Decoration): Decoration {
  const known = replacements.get(replaced);
  if (known !== undefined) return known;
  const added = { ...replaced };
  replacements.set(replaced, added);
  methods.set(added, method);
  return added;
}

function observeField(instance: object, decoration: Decoration): boolean {
  const { key } = decoration;
  const descriptor = Object.getOwnPropertyDescriptor(instance, key);
  const original = (descriptor?.get ?? descriptor?.value) as AnyFunction;
  const isGetter = descriptor?.get !== undefined;
  const wrapper = (isGetter ? wrapGetter : wrapDecorated)(original, decoration);
  observedFields.set(wrapper, decoration);
  const replaced = isGetter ? { get: wrapper } : { value: wrapper };
  return Reflect.defineProperty(instance, key, { ...descriptor, ...replaced });
}

function fieldOf(instance: object, key: string | symbol): AnyFunction | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(instance, key);
  const field: unknown = descriptor?.get ?? descriptor?.value;
  return typeof field === 'function' ? (field as AnyFunction) : undefined;
}
